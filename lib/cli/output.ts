// What a command says while it works: plain lines in a log, a live status line on a terminal, JSON on request.
// All of it goes to standard error, so that standard output is the result alone.
import { StringDecoder } from 'node:string_decoder';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import type { BuildEvent, OnEvent } from '../report/events.js';
import type { Logger } from '../report/logger.js';
import { formatBytes, formatTime, roundTimes } from '../report/units.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'text' | 'json';
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export interface Output {
  logger: Logger;
  onEvent: OnEvent;
  /** Takes the status line away. */
  end(): void;
}

export interface OutputOptions {
  level: LogLevel;
  format: LogFormat;
  /** Whether colour is wanted at all; it also takes a terminal and no `NO_COLOR`. */
  colour: boolean;
  stream: NodeJS.WritableStream & Partial<WriteStream>;
}

/** Whether a stream may carry colour: https://no-color.org */
export function mayColour(stream: Partial<WriteStream>, wanted: boolean): boolean {
  return wanted && Boolean(stream.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/** An output of the given kind. */
export function openOutput(options: OutputOptions): Output {
  return options.format === 'json' ? jsonOutput(options) : textOutput(options);
}

/**
 * The Platform API's way: what is said goes to standard output, warnings and errors to standard error. A terminal
 * is both, and gets everything by one hand, which knows where its status line is.
 */
export function openPlatformOutput(options: Omit<OutputOptions, 'stream'>): Output {
  const output = openOutput({ ...options, stream: process.stdout });
  if (process.stdout.isTTY) return output;
  const { warn, error } = openOutput({ ...options, stream: process.stderr }).logger;
  return { ...output, logger: { ...output.logger, warn, error } };
}

function jsonOutput({ level, stream }: OutputOptions): Output {
  const write = (record: object) =>
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), ...record }, roundTimes)}\n`);
  const wanted = (of: LogLevel) => logLevels.indexOf(of) >= logLevels.indexOf(level);
  const log = (of: LogLevel) => (message: string) => wanted(of) && write({ level: of, message });
  const decode = openDecoder();
  return {
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    onEvent: (event) => {
      if (!wanted('info')) return;
      const text = event.type === 'output' ? { chunk: undefined, text: decode(event) } : {};
      write({ level: 'info', ...event, ...text });
    },
    end: () => {},
  };
}

const colours = { dim: '\u001B[2m', bold: '\u001B[1m', yellow: '\u001B[33m', red: '\u001B[31m' };
const plain = '\u001B[0m';
const clearLine = '\r\u001B[K';
const redrawMilliseconds = 100;
const indent = '    ';
/** What is longer is broken: a program may write without end and without a newline. */
const longestLine = 64 * 1024;

function textOutput({ level, colour, stream }: OutputOptions): Output {
  const coloured = mayColour(stream, colour);
  const live = Boolean(stream.isTTY) && process.env.TERM !== 'dumb';
  const paint = (style: keyof typeof colours, text: string) =>
    coloured ? `${colours[style]}${text}${plain}` : text;
  const wanted = (of: LogLevel) => logLevels.indexOf(of) >= logLevels.indexOf(level);

  let running: { text: string; started: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let unfinished = '';
  const decode = openDecoder();
  const status = () => {
    if (!running || unfinished !== '') return;
    const time = formatTime(performance.now() - running.started);
    const room = Math.max(10, (stream.columns ?? 80) - time.length - 6);
    stream.write(`${clearLine}${paint('dim', `  … ${running.text.slice(0, room)} ${time}`)}`);
  };
  const line = (text: string) => {
    stream.write(`${live && running ? clearLine : ''}${text}\n`);
    if (live) status();
  };
  const stop = () => {
    clearInterval(timer);
    if (unfinished !== '') line(`${indent}${paint('dim', tame(unfinished, coloured))}`);
    unfinished = '';
    if (live && running) stream.write(clearLine);
    running = undefined;
  };

  const show = (event: BuildEvent) => {
    switch (event.type) {
      case 'instruction-started':
        running = { text: plainText(event.text), started: performance.now() };
        line(paint('bold', running.text));
        if (live) timer = setInterval(status, redrawMilliseconds).unref();
        break;
      case 'instruction-finished':
        stop();
        if (event.cached) line(paint('dim', `${indent}cached`));
        else if (event.milliseconds >= 1)
          line(paint('dim', `${indent}done in ${formatTime(event.milliseconds)}`));
        break;
      case 'output': {
        const lines = (unfinished + decode(event)).split(/\r?\n/);
        if (lines.at(-1)!.length > longestLine) lines.push('');
        unfinished = lines.pop()!;
        const shown = lines.map((text) => `${indent}${paint('dim', tame(text, coloured))}`);
        if (shown.length > 0) line(shown.join('\n'));
        break;
      }
      case 'phase-finished':
        if (event.phase === 'layer') {
          const what = `${event.files} changed ${event.files === 1 ? 'path' : 'paths'}, ${formatBytes(event.bytes ?? 0)}`;
          line(`layer: ${what}, written in ${formatTime(event.milliseconds)}`);
        } else if (wanted('debug')) {
          line(paint('dim', `${event.phase}: ${formatTime(event.milliseconds)}`));
        }
    }
  };
  const log = (of: LogLevel, text: (message: string) => string) => (message: string) => {
    if (wanted(of)) line(text(plainText(message)));
  };
  return {
    logger: {
      debug: log('debug', (message) => paint('dim', message)),
      info: log('info', (message) => message),
      warn: log('warn', (message) => `${paint('yellow', 'warning:')} ${message}`),
      error: log('error', (message) => `${paint('red', 'error:')} ${message}`),
    },
    onEvent: (event) => {
      if (wanted('info')) show(event);
    },
    end: stop,
  };
}

/** What a program wrote, as text: a character may come in two chunks, and the two streams by turns. */
function openDecoder(): (output: Extract<BuildEvent, { type: 'output' }>) => string {
  const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  return ({ stream, chunk }) => decoders[stream].write(chunk);
}

/** Messages quote paths and instructions, which may hold anything: but for line ends, no control character. */
function plainText(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** A line that a stranger's program wrote: what it overwrote is dropped, and it may colour but not move. */
function tame(text: string, coloured: boolean): string {
  const last = text.slice(text.lastIndexOf('\r') + 1);
  const kept = coloured ? last.replace(/\u001B(?!\[[\d;]*m)/g, '') : stripVTControlCharacters(last);
  return kept.replace(/[^\P{Cc}\u001B\t]/gu, '');
}

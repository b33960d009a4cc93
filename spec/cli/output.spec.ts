import { Writable } from 'node:stream';
import { type OutputOptions, openOutput } from '../../lib/cli/output.js';

function openText({ colour = false } = {}) {
  let text = '';
  const write = (chunk: Buffer, _: string, done: () => void) => {
    text += chunk;
    done();
  };
  const stream = new Writable({ write }) as unknown as OutputOptions['stream'];
  if (colour) Object.assign(stream, { isTTY: true, columns: 80 });
  const output = openOutput({ level: 'info', format: 'text', colour, stream });
  return { ...output, text: () => text };
}

const written = (chunk: string | Buffer) =>
  ({ type: 'output', stream: 'stdout', chunk: Buffer.from(chunk) }) as const;

describe('the text of a command', () => {
  it.each([true, false])('takes nothing from a stranger that moves a terminal, in colour: %s', (colour) => {
    const { onEvent, logger, end, text } = openText({ colour });
    onEvent({ type: 'instruction-started', line: 1, text: 'RUN \u001b]0;title\u0007\u009b2J' });
    onEvent(written('a\u001b[2Jb\u009b2Jc\u0007\0d\n'));
    onEvent(written('no newline \u001b[2J\u0007'));
    end();
    logger.warn('/etc/\u001b[2Jname\rnew');
    const all = text().replaceAll('\r\u001b[K', '');
    expect(all).not.toMatch(/\u001b(?!\[\d+m)|[\0\u0007\r\u009b]/);
    expect(all).toContain('/etc/\\x1b[2Jname\\x0dnew');
  });

  it('does not keep what is written without a newline', () => {
    const { onEvent, text } = openText();
    const chunk = Buffer.alloc(1 << 16, 'x');
    for (let count = 0; count < 100; count++) onEvent(written(chunk));
    expect(text().length).toBeGreaterThan(90 * chunk.length);
  });

  it('puts characters together that come in two chunks, the streams by turns', () => {
    const { onEvent, text } = openText();
    const [first, last] = [Buffer.from([0xc3]), Buffer.from([0xa4, 0x0a])];
    onEvent(written(first));
    onEvent({ type: 'output', stream: 'stderr', chunk: Buffer.from('err\n') });
    onEvent(written(last));
    expect(text()).toBe('    err\n    ä\n');
  });
});

// Runs a command and tells what it cost.
import { spawn } from 'node:child_process';
import fs from 'node:fs';

/** Milliseconds between two looks at the memory of what runs. */
const lookEvery = 20;

/**
 * Wall-clock and processor time of a command and its children, as the shell's own clock has it, and the peak
 * memory of the largest of them.
 * @param command words, run as they are; its output goes nowhere.
 * @param options `env` besides our own; `daemon`, the process id of one that does the work for the command, whose
 *   memory then counts instead.
 * @throws Error with what it wrote, where it fails
 */
export async function measure(command, { env = {}, daemon } = {}) {
  if (daemon) fs.writeFileSync(`/proc/${daemon}/clear_refs`, '5');
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null';
  const shell = spawn('bash', ['-c', script, 'bash', ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  shell.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  let kilobytes = 0;
  const look = setInterval(() => {
    for (const pid of daemon ? [daemon] : descendants(shell.pid))
      kilobytes = Math.max(kilobytes, peakMemory(pid));
  }, lookEvery);
  const status = await new Promise((resolve) => shell.on('close', resolve));
  clearInterval(look);
  if (status !== 0) throw new Error(`${command.join(' ')} failed:\n${said}`);
  const [seconds, user, system] = said.trim().split('\n').at(-1).split(' ').map(Number);
  const cost = { seconds, megabytes: kilobytes / 1024 };
  // The processor time of a daemon is not that of the command.
  return daemon ? cost : { ...cost, cpuSeconds: user + system };
}

/**
 * The best of some rounds of each contestant; rounds alternate, so that what else the machine does hits all alike.
 * A contestant that fails is left out.
 */
export async function compare(contestants, rounds) {
  let rows = contestants.map(({ what, run }) => ({ what, run, seconds: Number.POSITIVE_INFINITY }));
  for (let round = 0; round < rounds; round++)
    for (const row of rows) {
      const now = await row.run().catch((error) => {
        console.log(`${row.what} is left out: ${error.message}`);
        rows = rows.filter((other) => other !== row);
      });
      if (now && now.seconds < row.seconds) Object.assign(row, now);
    }
  return rows.flatMap(({ run, parts = [], ...row }) =>
    [row, ...parts].map((one) => ({ ...one, ratio: one.seconds / rows[0].seconds })),
  );
}

function descendants(pid) {
  const children = readOr(`/proc/${pid}/task/${pid}/children`, '').split(' ').filter(Boolean);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** In kilobytes. */
function peakMemory(pid) {
  return Number(/VmHWM:\s*(\d+)/.exec(readOr(`/proc/${pid}/status`, ''))?.[1] ?? 0);
}

function readOr(file, otherwise) {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return otherwise;
  }
}

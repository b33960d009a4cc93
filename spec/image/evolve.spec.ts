import type { Instruction } from '../../lib/dockerfile/instruction.js';
import type { ContainerConfig } from '../../lib/image/config.js';
import { evolveConfig } from '../../lib/image/evolve.js';

const place = { range: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } }, source: '' };

/** The config after instructions, given without their places. */
function evolve(config: ContainerConfig, ...instructions: object[]): ContainerConfig {
  let cmdIsSet = false;
  let evolved = config;
  for (const given of instructions) {
    const instruction = { ...place, ...given } as Instruction;
    evolved = evolveConfig(evolved, instruction, cmdIsSet);
    cmdIsSet ||= instruction.keyword === 'CMD';
  }
  return evolved;
}

const env = (...pairs: [string, string][]) => ({
  keyword: 'ENV',
  variables: pairs.map(([key, value]) => ({ key, value })),
});
const shell = (line: string) => ({ form: 'shell', line });
const exec = (...argv: string[]) => ({ form: 'exec', argv });

describe('evolveConfig', () => {
  it('replaces a variable where it stood and splits at the first =', () => {
    const config = evolve({ Env: ['A=1=2', 'B=3'] }, env(['A', 'x=y'], ['C', '']));
    expect(config.Env).toEqual(['A=x=y', 'B=3', 'C=']);
  });

  it('does not take a variable for another that it is the beginning of', () => {
    expect(evolve({ Env: ['PATHS=1'] }, env(['PATH', '/bin'])).Env).toEqual(['PATHS=1', 'PATH=/bin']);
  });

  it('drops an inherited CMD at an ENTRYPOINT', () => {
    const config = evolve({ Cmd: ['old'] }, { keyword: 'ENTRYPOINT', command: exec('/run') });
    expect(config).toEqual({ Entrypoint: ['/run'] });
  });

  it('keeps a CMD of the same Dockerfile at an ENTRYPOINT', () => {
    const config = evolve(
      {},
      { keyword: 'CMD', command: exec('a') },
      { keyword: 'ENTRYPOINT', command: shell('run') },
    );
    expect(config).toEqual({ Cmd: ['a'], ArgsEscaped: true, Entrypoint: ['/bin/sh', '-c', 'run'] });
  });

  it('starts shell-form commands by SHELL', () => {
    const config = evolve(
      {},
      { keyword: 'SHELL', shell: ['/bin/bash', '-ec'] },
      { keyword: 'CMD', command: shell('a b') },
    );
    expect(config.Cmd).toEqual(['/bin/bash', '-ec', 'a b']);
  });

  it.each([
    ['/a', 'b', '/a/b'],
    ['', 'b', '/b'],
    ['/a', '/c/../d/', '/c/../d/'],
    ['/a', '', '/a'],
    ['/a', '../../..', '/'],
    ['/a//b/../c', 'd/', '/a/c/d'],
  ])('WORKDIR from %s to %s is %s', (from, path, to) => {
    expect(evolve({ WorkingDir: from }, { keyword: 'WORKDIR', path }).WorkingDir).toBe(to);
  });

  it.each([
    ['80', ['80/tcp']],
    ['53/UDP', ['53/udp']],
    ['8000-8002', ['8000/tcp', '8001/tcp', '8002/tcp']],
    ['127.0.0.1:8080:80/tcp', ['80/tcp']],
    ['[::1]:8080:80', ['80/tcp']],
    ['9000-9001:90-91/sctp', ['90/sctp', '91/sctp']],
  ])('EXPOSE %s', (port, expected) => {
    const config = evolve({ ExposedPorts: { '1/tcp': {} } }, { keyword: 'EXPOSE', ports: [port] });
    expect(Object.keys(config.ExposedPorts!)).toEqual(['1/tcp', ...expected]);
  });

  it.each(['', '/tcp', 'http', '70000', '10-5', '80/icmp', 'x.y:1:2', '1-3:1-5:1-2'])(
    'refuses EXPOSE %s',
    (port) => {
      expect(() => evolve({}, { keyword: 'EXPOSE', ports: [port] })).toThrow(/EXPOSE takes ports like/);
    },
  );

  it('writes a healthcheck in nanoseconds', () => {
    const config = evolve(
      {},
      { keyword: 'HEALTHCHECK', check: shell('true'), interval: '1m30.5s', retries: '3' },
    );
    expect(config.Healthcheck).toEqual({ Test: ['CMD-SHELL', 'true'], Interval: 90_500_000_000, Retries: 3 });
    expect(evolve(config, { keyword: 'HEALTHCHECK', check: 'none' }).Healthcheck).toEqual({ Test: ['NONE'] });
  });

  it.each(['SIGTERM', 'term', '15', 'SIGRTMIN+3', 'RTMAX-14'])('takes STOPSIGNAL %s', (signal) => {
    expect(evolve({}, { keyword: 'STOPSIGNAL', signal }).StopSignal).toBe(signal);
  });

  it.each(['', '0', 'SIGNOPE', 'RTMIN+16', '-1'])('refuses STOPSIGNAL %s', (signal) => {
    expect(() => evolve({}, { keyword: 'STOPSIGNAL', signal })).toThrow(/STOPSIGNAL takes a signal/);
  });

  it('leaves the config that it was given as it was', () => {
    const config = Object.freeze({
      Env: Object.freeze(['A=1']) as string[],
      Labels: Object.freeze({ a: '1' }),
    });
    evolve(config, env(['A', '2']), { keyword: 'LABEL', labels: [{ key: 'a', value: '2' }] });
    expect(config).toEqual({ Env: ['A=1'], Labels: { a: '1' } });
  });
});

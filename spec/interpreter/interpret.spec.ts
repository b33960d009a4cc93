import { parseDockerfile } from '../../lib/dockerfile/parse.js';
import { interpret } from '../../lib/interpreter/interpret.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { makeSession } from '../support/session.js';

describe('the steps of a Dockerfile', () => {
  it('see the variables as they were, and hold one copy of them for many lines that set some', async () => {
    const rootfs = makeRootfs({ bare: true });
    const session = makeSession(rootfs);
    const lines = (from: number) =>
      Array.from({ length: 100 }, (_, n) => `ENV A${from + n}=\${A${from + n - 1}}x`);
    const text = [
      'FROM base',
      ...lines(1),
      'RUN true',
      ...lines(101),
      'RUN true',
      'ARG A1=y',
      'RUN true',
    ].join('\n');
    const dockerfile = parseDockerfile({ text, name: 'Dockerfile' });
    const steps = interpret({ dockerfile, session, buildArgs: {}, predefined: new Map() });
    const runs = steps.filter(({ changesFiles }) => changesFiles);
    expect(runs.map(({ environment }) => [environment.size, environment.get('A1')])).toEqual([
      [100, 'x'],
      [200, 'x'],
      [200, 'y'],
    ]);
    expect(runs[1]!.environment.get('A200')).toBe('x'.repeat(200));
    expect(new Set(steps.map(({ environment }) => environment)).size).toBeLessThan(6);
    await session.launcher.close();
    removeRootfs(rootfs);
  });
});

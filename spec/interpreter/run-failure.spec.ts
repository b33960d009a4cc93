import { describeExit, describeLaunchError } from '../../lib/interpreter/run-failure.js';

const failure = (code: string, message = code) => Object.assign(new Error(message), { code });
const say = (argv: string[], form: 'shell' | 'exec', error: Error) =>
  describeLaunchError(
    argv,
    { command: form === 'exec' ? { form, argv } : { form, line: argv.at(-1)! } },
    error,
  ).message;

describe('a command that cannot be started', () => {
  it('is told from a shell that the image lacks', () => {
    expect(say(['/bin/sh', '-c', 'true'], 'shell', failure('ENOENT'))).toMatch(
      /no \/bin\/sh: use the exec form/,
    );
    expect(say(['tool'], 'exec', failure('ENOENT'))).toMatch(
      /there is no tool in the image, in no directory/,
    );
  });

  it('says which capabilities it lacks', () => {
    expect(say(['tool'], 'exec', failure('EPERM', 'EPERM: operation not permitted, setgroups'))).toMatch(
      /^The command tool cannot be started \(EPERM: .*setgroups\)\. .*CAP_SETUID and CAP_SETGID/,
    );
  });

  it('is not blamed for what is none of its doing', () => {
    const error = new Error('Interrupted');
    expect(describeLaunchError(['tool'], { command: { form: 'exec', argv: ['tool'] } }, error)).toBe(error);
  });
});

describe('a command that ended badly', () => {
  it('is told in one line, a script by its first', () => {
    const exit = { exitCode: 3, signal: null };
    expect(describeExit(['sh', '-c', 'set -e\ncd "$HOME"\nfalse'], exit)).toBe(
      'The command sh -c "set -e …" ended with exit code 3; see what it wrote above.',
    );
    expect(describeExit(['tool', 'x'.repeat(1000)], exit).length).toBeLessThan(300);
  });
});

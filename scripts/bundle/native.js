// What the bundle runs on: Node.js and koffi's native part without their symbols, the shared libraries of both
// with the loader, and the launcher compiled.
import { execFileSync } from 'node:child_process';
import { copyFileSync, linkSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('./launch.c', import.meta.url));

/**
 * Writes `lib` and `bin` of the bundle, both of which are there already.
 * @param programs the names of the executables.
 * @returns the files of this machine that were copied, Node.js first.
 */
export function copyNative({ bundle, koffi, programs }) {
  const node = realpathSync(process.execPath);
  const { libraries, loader } = sharedLibraries([node, koffi]);
  for (const [name, file] of [...libraries, ['node', node], ['koffi.node', koffi]]) {
    const copy = join(bundle, 'lib', name);
    copyFileSync(file, copy);
    run('strip', ['--strip-unneeded', copy]);
  }
  ignorePreloads(join(bundle, 'lib', loader));
  const [first, ...others] = programs.map((name) => join(bundle, 'bin', name));
  run('cc', ['-static', '-Os', '-s', '-Wall', '-Werror', `-DLOADER="${loader}"`, '-o', first, launcher]);
  for (const other of others) linkSync(first, other);
  return [node, ...libraries.values(), koffi];
}

/** The libraries of some programs by the names these ask for, and the name of the loader among them. */
function sharedLibraries(files) {
  const libraries = new Map();
  let loader;
  for (const line of files.flatMap((file) => run('ldd', [file]).split('\n'))) {
    // `libm.so.6 => /lib/libm.so.6 (0x7f…)`, and the loader by its path alone; linux-vdso is the kernel's.
    const [, name, path] = line.match(/^\s*(\S+)(?: => (\S+))? \(0x/) ?? [];
    if (name === undefined || name.startsWith('linux-vdso')) continue;
    if (path === undefined) loader = basename(name);
    libraries.set(basename(name), realpathSync(path ?? name));
  }
  if (loader === undefined || loader.startsWith('ld-musl')) {
    throw new Error(
      `The portable bundle is made of a Node.js that is linked against glibc; ${files[0]} is not.`,
    );
  }
  return { libraries, loader };
}

/** Has the loader look for the image's list of libraries to load first where there cannot be one. */
function ignorePreloads(loader) {
  const [list, nowhere] = ['/etc/ld.so.preload\0', '/dev/null/.preload\0'];
  const program = readFileSync(loader);
  const at = program.indexOf(list);
  if (at < 0 || program.indexOf(list, at + 1) >= 0) {
    throw new Error(`${loader} does not name /etc/ld.so.preload exactly once, so it cannot be led past it.`);
  }
  program.write(nowhere, at);
  writeFileSync(loader, program);
}

const packages = { strip: 'binutils', cc: 'gcc and libc6-dev', ldd: 'libc-bin' };

function run(program, args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new Error(`The bundle needs ${program}: install the Debian package ${packages[program]}.`, {
      cause: error,
    });
  }
}

// The licences of everything in the bundle, one after the other.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes the file LICENCES.
 * @param packages folders of npm packages.
 * @param files files of this machine: Node.js first, and libraries of Debian packages.
 * @throws Error naming what has no licence that could be found.
 */
export function writeLicences({ file, packages, files }) {
  const [node, ...libraries] = files;
  const parts = [
    [`Node.js ${process.version}`, nodeLicence(node)],
    ...debianLicences(libraries),
    ...packages.map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return [`${name} ${version}`, packageLicence(folder)];
    }),
  ];
  const line = '='.repeat(110);
  writeFileSync(
    file,
    parts.map(([what, text]) => `${line}\n${what}\n${line}\n\n${text.trim()}\n\n`).join(''),
  );
}

function nodeLicence(node) {
  const places = [join(dirname(node), '../LICENSE'), '/usr/share/doc/nodejs/LICENSE'];
  return readFirst(places, 'Node.js');
}

function packageLicence(folder) {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|copying)/i.test(name));
  if (names.length > 0) return names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  const { license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${folder} says nothing of its licence.`);
  return [license, author?.name ?? author ?? ''].join('\n');
}

/** One licence a Debian package; dpkg may know a library by its path with or without /usr. */
function debianLicences(libraries) {
  const licences = new Map();
  for (const library of libraries.filter((path) => path.startsWith('/usr/lib') || path.startsWith('/lib'))) {
    const known = [library, library.replace(/^\/usr/, '')].map(owner).find(Boolean);
    if (known === undefined) throw new Error(`No Debian package owns ${library}: what is its licence?`);
    licences.set(known, readFirst([`/usr/share/doc/${known.split(':')[0]}/copyright`], known));
  }
  return licences;
}

function owner(path) {
  try {
    const args = ['--search', path];
    return execFileSync('dpkg', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      ': ',
    )[0];
  } catch {
    return undefined;
  }
}

function readFirst(paths, what) {
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`The licence of ${what} is in none of ${paths.join(', ')}.`);
  return readFileSync(found, 'utf8');
}

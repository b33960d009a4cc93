// The archive that a release publishes: the same bytes each time, and in it all that it takes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'extender-archive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function makeArchive(name: string, umask: string): { archive: string; checksum: string } {
  const place = join(folder, name);
  mkdirSync(place);
  const script = 'umask "$1"; exec node scripts/bundle.js --tar --output "$2"';
  execFileSync('sh', ['-c', script, 'sh', umask, join(place, 'portable')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const file = (end: string) => join(place, readdirSync(place).find((entry) => entry.endsWith(end))!);
  return { archive: file('.tar.gz'), checksum: readFileSync(file('.sha256'), 'utf8') };
}

it('is reproducible, and unpacks to programs that start', () => {
  const one = makeArchive('one', '022');
  const other = makeArchive('other', '077');
  expect(one.checksum).toBe(other.checksum);
  const digest = createHash('sha256').update(readFileSync(one.archive)).digest('hex');
  expect(one.checksum).toBe(`${digest}  ${one.archive.split('/').at(-1)}\n`);

  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['-C', unpacked, '-xzf', one.archive]);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const program of ['extender', 'dockerfile-extender']) {
    const said = execFileSync(join(unpacked, 'bin', program), ['--version'], { encoding: 'utf8' });
    expect(said).toBe(`${version}\n`);
  }
  const licences = readFileSync(join(unpacked, 'LICENCES'), 'utf8');
  for (const name of ['Node.js v', 'libc6', 'koffi ', 'commander ', 'dockerfile-ast ']) {
    expect(licences).toContain(`\n${name}`);
  }
});

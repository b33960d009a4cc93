import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePath } from '../../lib/rootfs/byte-path.js';
import {
  closeDirectory,
  ctimeIn,
  directoryStamp,
  namesIn,
  openDirectory,
} from '../../lib/rootfs/open-directory.js';
import { makeNode } from '../../lib/rootfs/syscalls.js';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'open-directory-spec-'));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

function inOpen<T>(path: string, use: (directory: number) => T, purpose: 'names' | 'stamps' = 'names'): T {
  const directory = openDirectory(path, purpose);
  try {
    return use(directory);
  } finally {
    closeDirectory(directory);
  }
}

describe('names in a directory', () => {
  it('are those that Node finds, directories apart', () => {
    fs.mkdirSync(join(folder, 'directory'));
    fs.symlinkSync('directory', join(folder, 'link'));
    makeNode(join(folder, 'fifo'), fs.constants.S_IFIFO | 0o600, 0n);
    for (const path of [folder, '/usr/bin', '/usr/lib']) {
      const entries = fs.readdirSync(path, { withFileTypes: true });
      const { directories, files } = inOpen(path, namesIn);
      const ofNode = (isDirectory: boolean) =>
        entries.filter((entry) => entry.isDirectory() === isDirectory).map(({ name }) => name);
      expect(directories.sort()).toEqual(ofNode(true).sort());
      expect(files.sort()).toEqual(ofNode(false).sort());
    }
  });

  it('are whatever bytes they are made of', () => {
    const names = ['plain', 'grün', '日本語', '\uFFFD', 'a\nb', ' ', '...', 'x'.repeat(255)];
    const bytes = [...names.map((name) => Buffer.from(name)), Buffer.of(0xff), Buffer.of(0x67, 0xfc, 0x6e)];
    for (const name of bytes) fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), '');
    expect(inOpen(folder, namesIn).files.sort()).toEqual(bytes.map(decodePath).sort());
  });

  it('are all of them, of many as of none', () => {
    expect(inOpen(folder, namesIn)).toEqual({ directories: [], files: [] });
    const names = Array.from({ length: 2000 }, (_, index) => `a-name-of-some-length-${index}`);
    for (const name of names) fs.writeFileSync(join(folder, name), '');
    expect(inOpen(folder, namesIn).files.sort()).toEqual(names.sort());
  });
});

describe('a stamp', () => {
  it('is the ctime that Node tells, of a symlink its own', () => {
    fs.writeFileSync(join(folder, 'file'), '');
    fs.symlinkSync('file', join(folder, 'link'));
    fs.symlinkSync('nowhere', join(folder, 'broken'));
    fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff)]), '');
    inOpen(
      folder,
      (directory) => {
        for (const name of ['file', 'link', 'broken'])
          expect(ctimeIn(directory, name)).toBe(fs.lstatSync(join(folder, name)).ctimeMs);
        expect(ctimeIn(directory, decodePath(Buffer.of(0xff)))).toBeGreaterThan(0);
        expect(directoryStamp(directory).ctimeMs).toBe(fs.statSync(folder).ctimeMs);
        expect(() => ctimeIn(directory, 'missing')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
      },
      'stamps',
    );
  });

  it('names the same directory wherever it is moved, and no other', () => {
    for (const name of ['a', 'b']) fs.mkdirSync(join(folder, name));
    const identity = (name: string) =>
      inOpen(join(folder, name), (directory) => directoryStamp(directory).identity);
    const [a, b] = [identity('a'), identity('b')];
    fs.renameSync(join(folder, 'a'), join(folder, 'c'));
    expect(identity('c')).toBe(a);
    expect(b).not.toBe(a);
  });
});

it('opens a directory alone, and that through no symlink', () => {
  fs.writeFileSync(join(folder, 'file'), '');
  fs.symlinkSync('/etc', join(folder, 'link'));
  for (const name of ['file', 'link'])
    for (const purpose of ['names', 'stamps'] as const)
      expect(() => openDirectory(join(folder, name), purpose)).toThrow(
        expect.objectContaining({ code: 'ENOTDIR' }),
      );
  expect(() => openDirectory(join(folder, 'missing'), 'names')).toThrow(
    expect.objectContaining({ code: 'ENOENT' }),
  );
});

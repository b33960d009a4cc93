// Archives in a case's context: lines `ARCHIVE!PATH …` or `ARCHIVE(COMPRESSION)!PATH …` are its entries.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fixtureTimes, layOut } from './tree.js';

const compressors: Record<string, string[]> = {
  none: [],
  gzip: ['--gzip'],
  bzip2: ['--bzip2'],
  xz: ['--xz'],
  zstd: ['--zstd'],
};

const member = /^([^\s!"(]+)(?:\((\w+)\))?!(.*)$/;

/** Lays out a tree whose lines may name members of archives; the archives are made with GNU tar. */
export function layOutWithArchives(root: string, lines: readonly string[], time: number): void {
  const archives = new Map<string, { compression: string; lines: string[] }>();
  for (const line of lines) {
    const [, name, compression, rest] = member.exec(line) ?? [];
    if (name === undefined) continue;
    const archive = archives.get(name) ?? { compression: compression ?? 'none', lines: [] };
    archive.lines.push(rest!);
    archives.set(name, archive);
  }
  const plain = lines.filter((line) => !member.test(line));
  layOut(root, [...plain, ...[...archives.keys()].map((name) => `${name}: `)], time);
  for (const [name, archive] of archives) pack(join(root, name), archive.compression, archive.lines);
  layOut(root, [], time);
}

function pack(file: string, compression: string, lines: string[]): void {
  const staging = mkdtempSync(join(tmpdir(), 'archive-'));
  try {
    layOut(staging, lines, fixtureTimes.archive);
    mkdirSync(dirname(file), { recursive: true });
    const options = ['--numeric-owner', '--sort=name', '--format=pax', ...compressors[compression]!];
    execFileSync('tar', [...options, '-C', staging, '-cf', file, ...readdirSync(staging).sort()]);
  } finally {
    rmSync(staging, { recursive: true });
  }
}

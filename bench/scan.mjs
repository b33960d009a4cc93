// The two scans of a build, before and after, against a C walk that calls statx for every name, and find.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, measure } from './measure.mjs';
import { usrLikeTree } from './tree.mjs';

const walkSource = `
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void walk(int fd) {
  DIR *directory = fdopendir(fd);
  struct dirent *entry;
  struct statx stats;
  while (directory && (entry = readdir(directory))) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (statx(fd, entry->d_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stats)) continue;
    if (S_ISDIR(stats.stx_mode)) walk(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }
  if (directory) closedir(directory);
}

int main(int count, char **words) {
  walk(open(words[1], O_RDONLY | O_DIRECTORY));
}
`;

/** A tree, and one of ten times the files, to see that time and memory stay in proportion. */
export async function run({ files, rounds }) {
  const walker = compileWalk();
  return [...(await scanned(files, rounds, walker)), ...(await scanned(10 * files, 1, walker))];
}

function scanned(files, rounds, walker) {
  const root = usrLikeTree(files);
  // So that no contestant meets the tree on disk.
  execFileSync('find', [root, '-size', '-1c', '-name', 'nothing']);
  const contestants = [
    ...(walker ? [{ what: 'C walk with statx', run: () => measure([walker, root]) }] : []),
    { what: 'find -printf', run: () => measure(['find', root, '-printf', '%p %m %s %C@\\n']) },
    ...[1, 2].map((threads) => ({
      what: `both our scans, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
      run: async () => scans(root, threads),
    })),
  ].map(({ what, run }) => ({ what: `${what} (${files} files)`, run }));
  return compare(contestants, rounds);
}

/** In a process of their own, for its memory; its second pair counts, when the threads are up. */
function scans(root, threads) {
  const script = new URL('./two-scans.mjs', import.meta.url).pathname;
  return JSON.parse(execFileSync(process.execPath, [script, root, String(threads)], { encoding: 'utf8' }));
}

function compileWalk() {
  const folder = fs.mkdtempSync(join(tmpdir(), 'dockerfile-extender-walk-'));
  const source = join(folder, 'walk.c');
  fs.writeFileSync(source, walkSource);
  const { status } = spawnSync('gcc', ['-O2', '-o', join(folder, 'walk'), source]);
  if (status === 0) return join(folder, 'walk');
  console.log('No C compiler: the ratios are to find.');
  return undefined;
}

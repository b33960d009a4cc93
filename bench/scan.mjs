// The two scans of a build, before and after, against a C walk that calls statx for every name, and find.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Rounds alternate between the contestants, so that what else the machine does hits all alike. */
export function run({ files, rounds }) {
  const root = usrLikeTree(files);
  const walker = compileWalk();
  const contestants = [
    ...(walker ? [{ what: 'C walk with statx', measure: () => timed(walker, [root]) }] : []),
    { what: 'find -printf', measure: () => timed('find', [root, '-printf', '%p %m %s %C@\\n']) },
    ...[1, 2].map((threads) => ({
      what: `both our scans, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
      measure: () => scans(root, threads),
    })),
  ];
  const best = contestants.map(({ measure }) => measure());
  for (let round = 0; round < rounds; round++)
    contestants.forEach(({ measure }, at) => {
      const now = measure();
      best[at] = {
        seconds: Math.min(best[at].seconds, now.seconds),
        cpuSeconds: Math.min(best[at].cpuSeconds, now.cpuSeconds),
        megabytes: now.megabytes,
        parts: now.seconds <= best[at].seconds ? now.parts : best[at].parts,
      };
    });
  return contestants.flatMap(({ what }, at) => [
    { what: `${what} (${files} files)`, ...best[at], ratio: best[at].seconds / best[0].seconds },
    ...(best[at].parts ?? []).map((part) => ({ ...part, ratio: part.seconds / best[0].seconds })),
  ]);
}

/** Wall-clock and processor time of a command, as the shell's own clock has it. */
function timed(command, words) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null';
  const { stderr } = spawnSync('bash', ['-c', script, 'bash', command, ...words], { encoding: 'utf8' });
  const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpuSeconds: user + system };
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

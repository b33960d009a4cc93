// Trees to measure on, made once and kept in the temporary directory.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A tree of some number of empty files with the names and directories of this machine's /usr, repeated. */
export function usrLikeTree(files) {
  return keptTree(`usr-${files}`, (root) => repeatUsr(root, files));
}

/** Such a tree with a shell in it, so that commands run there: busybox, linked statically. */
export function rootfsTree(files) {
  return keptTree(`rootfs-${files}`, (root) => {
    for (const folder of ['bin', 'etc', 'dev', 'proc', 'sys', 'tmp']) fs.mkdirSync(join(root, folder));
    fs.copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
    for (const applet of ['sh', 'true']) fs.linkSync(join(root, 'bin/busybox'), join(root, 'bin', applet));
    fs.writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    repeatUsr(root, files);
  });
}

function repeatUsr(root, files) {
  let left = files;
  const copy = (from, to) => {
    fs.mkdirSync(to, { recursive: true });
    for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
      if (left <= 0) return;
      const target = join(to, entry.name);
      if (entry.isDirectory()) copy(join(from, entry.name), target);
      else {
        left--;
        if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(join(from, entry.name)), target);
        else fs.writeFileSync(target, '');
      }
    }
  };
  for (let round = 0; left > 0; round++) copy('/usr', join(root, `usr-${round}`));
}

/** A tree of one file, `large`, that compresses about as well as programs and texts do. */
export function largeFileTree(bytes) {
  return keptTree(`large-${bytes}`, (root) => {
    const file = fs.openSync(join(root, 'large'), 'w');
    const program = fs.readFileSync(process.execPath);
    for (let left = bytes; left > 0; left -= program.length)
      fs.writeSync(file, program, 0, Math.min(left, program.length));
    fs.closeSync(file);
  });
}

/** Makes the tree unless it is there; its name is given to it last, so that none is taken half made. */
function keptTree(name, make) {
  const root = join(tmpdir(), 'dockerfile-extender-bench', name);
  if (fs.existsSync(root)) return root;
  const unfinished = `${root}.${process.pid}`;
  fs.mkdirSync(unfinished, { recursive: true });
  make(unfinished);
  fs.renameSync(unfinished, root);
  return root;
}

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { dropPrivileges } from '../../lib/extend/drop-privileges.js';
import { failureOf, folderWith } from './support/folder.js';

const module = resolve('dist/extend/drop-privileges.js');
const passwd = 'root:x:0:0:root:/root:/bin/sh\ncnb:x:1234:1000:the user:/home/cnb:/bin/sh\n';
const rootfs = folderWith({ 'etc/passwd': passwd });

/** Runs a script in a process of its own after it has dropped privileges. */
function dropped(script: string, { uid = 1234, gid = 1000 } = {}) {
  return spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { readFileSync } from 'node:fs';
       import { spawnSync } from 'node:child_process';
       process.setgroups([0, 4, 27]);
       const { dropPrivileges } = await import(${JSON.stringify(module)});
       dropPrivileges({ uid: ${uid}, gid: ${gid}, rootfs: ${JSON.stringify(rootfs)} });
       ${script}`,
    ],
    { encoding: 'utf8', env: { ...process.env, HOME: '/root', USER: 'root' } },
  );
}

describe('dropPrivileges', () => {
  it('leaves one user and one group, in every thread, and no capability', () => {
    const { stdout } = dropped(`
      const { readdirSync } = await import('node:fs');
      for (const thread of readdirSync('/proc/self/task')) {
        const status = readFileSync('/proc/self/task/' + thread + '/status', 'utf8');
        console.log(status.match(/^(Uid|Gid|Groups|CapPrm|CapEff|CapAmb):.*/gm).join('|').replace(/\\s+/g, ' '));
      }`);
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    const none = '0000000000000000';
    for (const line of lines) {
      expect(line.replace('Groups: |', 'Groups:|')).toBe(
        `Uid: 1234 1234 1234 1234|Gid: 1000 1000 1000 1000|Groups:|CapPrm: ${none}|CapEff: ${none}|CapAmb: ${none}`,
      );
    }
  });

  it('has no way back, neither here nor in a child', () => {
    const { stdout } = dropped(`
      for (const call of [() => process.setuid(0), () => process.seteuid(0), () => process.setgid(0), () => process.setgroups([0])]) {
        try { call(); console.log('got back'); } catch (error) { console.log(error.code); }
      }
      console.log(spawnSync('id', ['-u'], { encoding: 'utf8' }).stdout.trim());
      try { readFileSync('/etc/shadow'); } catch (error) { console.log(error.code); }
      console.log(readFileSync('/proc/self/status', 'utf8').match(/CapInh:\\s*(\\S+)/)[1]);`);
    expect(stdout).toBe('EPERM\nEPERM\nEPERM\nEPERM\n1234\nEACCES\n0000000000000000\n');
  });

  it('takes HOME and USER from the /etc/passwd of the root filesystem', () => {
    expect(dropped('console.log(process.env.HOME, process.env.USER)').stdout).toBe('/home/cnb cnb\n');
    expect(dropped('console.log(process.env.HOME, process.env.USER)', { uid: 4321 }).stdout).toBe(
      '/ undefined\n',
    );
  });

  it('refuses to go on as root', async () => {
    const failure = await failureOf(() => dropPrivileges({ uid: 0, gid: 0 }));
    expect(failure).toMatchObject({ exitCode: 1, message: expect.stringContaining('as root') });
  });

  it('says who must start it where it may not change its user', () => {
    const { stdout } = dropped(`
      dropPrivileges({ uid: 1234, gid: 1000, rootfs: '/' });
      console.log('again is no change');
      try { dropPrivileges({ uid: 1, gid: 1, rootfs: '/' }); } catch (error) { console.log(error.exitCode, error.message); }`);
    expect(stdout).toMatch(
      /^again is no change\n1 Cannot become uid 1, gid 1 \(EPERM\): the extender must start as root/,
    );
  });
});

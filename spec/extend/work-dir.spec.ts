import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWorkDir } from '../../lib/extend/work-dir.js';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'work-dir-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

describe('makeWorkDir', () => {
  it('clears away the folders of builds that were killed, and no other', () => {
    const [dead, samePid, alive] = [
      '.extender-999999999-aa',
      `.extender-${process.pid}-aa`,
      '.extender-1-aa',
    ];
    for (const name of [dead, samePid, alive, 'blobs', '.extender-x'])
      mkdirSync(join(parent, name, 'deep'), { recursive: true });
    const first = makeWorkDir(parent);
    const second = makeWorkDir(parent);
    expect(readdirSync(parent)).not.toContain(dead);
    expect(readdirSync(parent)).not.toContain(samePid);
    expect(readdirSync(parent)).toEqual(expect.arrayContaining([alive, 'blobs', '.extender-x']));
    expect(existsSync(first.path)).toBe(true);
    first.remove();
    second.remove();
    expect(readdirSync(parent).sort()).toEqual(['.extender-1-aa', '.extender-x', 'blobs']);
  });
});

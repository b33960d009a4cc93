import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodePath, encodePath } from '../../lib/rootfs/byte-path.js';
import { pathInsideRoot, resolveInRoot } from '../../lib/rootfs/resolve.js';

describe('resolveInRoot', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'resolve-'));
    mkdirSync(join(root, 'real/deep'), { recursive: true });
    writeFileSync(join(root, 'file'), '');
    const links: Record<string, string> = {
      absolute: '/real',
      relative: 'real/deep',
      escaping: '../../../../etc',
      'escaping-absolute': '/../../etc',
      'real/up': '../file',
      'real/deep/far': '../../../../../..',
      chain: 'chain2',
      chain2: 'absolute/deep',
      'through-link': 'relative/../up',
      loop: 'loop2',
      loop2: 'loop',
      self: 'self/x',
      dangling: '/nowhere/at/all',
      tofile: 'file',
      todot: '.',
    };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));
    writeFileSync(encodePath(join(root, decodePath(Buffer.from([0x6e, 0xff])))), '');
    symlinkSync(Buffer.from([0x6e, 0xff]), join(root, 'bytes'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it.each([
    // path, followLast, inside the root
    ['/', true, '/'],
    ['', true, '/'],
    ['real/deep', true, '/real/deep'],
    ['//real/./deep/', true, '/real/deep'],
    ['../../real', true, '/real'],
    ['/real/../../file', true, '/file'],
    ['absolute/x', true, '/real/x'],
    ['absolute', false, '/absolute'],
    ['absolute', true, '/real'],
    ['absolute/', false, '/absolute'],
    ['absolute/.', true, '/real'],
    ['relative/x', false, '/real/deep/x'],
    ['escaping/passwd', true, '/etc/passwd'],
    ['escaping-absolute/passwd', true, '/etc/passwd'],
    ['real/up', true, '/file'],
    ['real/deep/far/file', true, '/file'],
    ['chain', true, '/real/deep'],
    ['through-link', true, '/file'],
    ['dangling/x', true, '/nowhere/at/all/x'],
    ['dangling', true, '/nowhere/at/all'],
    ['dangling', false, '/dangling'],
    ['new/sub/../leaf', true, '/new/leaf'],
    ['tofile', true, '/file'],
    ['todot/todot/file', true, '/file'],
    ['loop', false, '/loop'],
    ['bytes', true, '/n\udcff'],
  ])('%j (last followed: %s) is %s', (path, followLast, inside) => {
    expect(resolveInRoot({ root, path, followLast })).toBe(inside === '/' ? root : join(root, inside));
  });

  it.each([
    ['loop', 'ELOOP'],
    ['loop/x', 'ELOOP'],
    ['self', 'ELOOP'],
    ['file/x', 'ENOTDIR'],
    ['tofile/x', 'ENOTDIR'],
  ])('refuses %s with %s', (path, code) => {
    expect(() => resolveInRoot({ root, path, followLast: true })).toThrow(expect.objectContaining({ code }));
  });

  it('never leaves the root, whatever links are strung together', () => {
    const part = fc.constantFrom(
      ...['..', '.', 'real', 'deep', 'far', 'escaping', 'escaping-absolute', 'relative', 'todot', 'dangling'],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.boolean(), (parts, followLast) => {
        const found = resolveInRoot({ root, path: parts.join('/'), followLast });
        expect(`${found}/`.startsWith(`${root}/`)).toBe(true);
        expect(found).not.toContain('..');
      }),
    );
  });

  it('works where the root is /', () => {
    expect(resolveInRoot({ root: '/', path: '../no-such-thing/x', followLast: true })).toBe(
      '/no-such-thing/x',
    );
  });
});

describe('pathInsideRoot', () => {
  it.each([
    ['/', '/etc', '/etc'],
    ['/', '/', '/'],
    ['/r', '/r/etc/motd', '/etc/motd'],
    ['/r', '/r', '/'],
    ['/r/', '/r/etc', '/etc'],
  ])('under %s, %s is %s', (root, hostPath, inside) => {
    expect(pathInsideRoot({ root, hostPath })).toBe(inside);
  });
});

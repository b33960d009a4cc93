// Small tars for the specs of ADD.
import { pack } from 'tar-stream';

/** The same tar three times: `d/` and `d/f` ("hello\n"), mode 750, owned by 7:8, from the second 1,000,000,000. */
export const compressed = {
  bzip2:
    'QlpoOTFBWSZTWbDO97AAAJD7gPGQABBAAO+AAANnRJ4ABAggAHQKqCRp6nqaAekNMnqCSpoZGmTTQAA+2fKECtIC5ySESbMcKM2DRCKBcsedDDdOjwxIJIi2eImi7qsnPOiKuEMG5aiayTKqGz1fX3LXZsuuuqhA/i7kinChIWGd72A=',
  xz: '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AHBdADILvBunjDRE4beWRzhi4vz55HQ/f9EO12HFC0ZAbGmY0zb1NchloGKAKI07DPnvHQqRSxXRunGgTYja1zgR91KvGOHUooLUEcWY+ANYLZ9jzOrcs87xoklQjkfIDIUIPKp1ztatvSfS1TX7ELQz2wAAAiqQAG4fLAYAAYwBgFAAAEWxohaxxGf7AgAAAAAEWVo=',
  zstd: 'KLUv/WQAJ40CACKEDBCw6+QJSflhQWllb1th0GEKBkupk47OHAQFY0RWXHu2onUF+f1fU0mOve+Lva/7/w4mCiBgt+f2A2/AqnXkAgZQg54639m0qbmu41MYAmuTEmA=',
};

export interface TarEntry {
  name: string;
  type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo';
  linkname?: string;
  content?: string;
  mode?: number;
  pax?: Record<string, string>;
}

/** A tar whose entries are owned by 7:8 and were modified in the second 1,000,000,000. */
export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const packing = pack();
  for (const { content = '', ...entry } of entries) {
    packing.entry(
      { mode: entry.type === 'directory' ? 0o750 : 0o640, uid: 7, gid: 8, mtime: new Date(1e12), ...entry },
      content,
    );
  }
  packing.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packing) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

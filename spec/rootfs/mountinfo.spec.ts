import { mountPointsBelow, parseMountPoints } from '../../lib/rootfs/mountinfo.js';

const mountinfo = Buffer.from(
  [
    '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '23 22 0:21 / /proc rw,relatime shared:5 - proc proc rw',
    '24 22 254:0 /hosts /etc/hosts rw,relatime - ext4 /dev/vda rw',
    '25 22 0:30 / /with\\040space\\011tab\\012line\\134slash\\043hash rw - tmpfs tmpfs rw',
    '26 22 0:31 / /not-utf8-\xff rw - tmpfs tmpfs rw',
    '27 22 0:31 / /gr\xc3\xbc\xc3\x9fe rw - tmpfs tmpfs rw',
    '',
  ].join('\n'),
  'latin1',
);

describe('mountinfo', () => {
  it('gives mount points with their bytes decoded', () => {
    expect(parseMountPoints(mountinfo)).toEqual([
      '/',
      '/proc',
      '/etc/hosts',
      '/with space\ttab\nline\\slash#hash',
      '/not-utf8-\udcff',
      '/grüße',
    ]);
  });

  it('tells those below a directory, as paths inside it', () => {
    expect(mountPointsBelow('/')).toContain('/proc');
    expect(mountPointsBelow('/')).not.toContain('/');
    expect(mountPointsBelow('/proc')).not.toContain('/proc');
    expect(mountPointsBelow('/pro')).toEqual([]);
  });
});

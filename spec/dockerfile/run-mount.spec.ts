import { parseRunMount } from '../../lib/dockerfile/run-mount.js';

describe('a mount', () => {
  it.each([
    ['target=/a', { type: 'bind', target: '/a', source: '', readOnly: true }],
    [
      'type=bind,dst=/a,src=b,from=ctx,rw',
      { type: 'bind', target: '/a', source: 'b', from: 'ctx', readOnly: false },
    ],
    ['TYPE=Bind,destination=/a,readwrite=false', { type: 'bind', target: '/a', source: '', readOnly: true }],
    ['type=bind,target=/a,ro=0', { type: 'bind', target: '/a', source: '', readOnly: false }],
    ['type=bind,target=/a,rw,ro', { type: 'bind', target: '/a', source: '', readOnly: true }],
    ['type=bind,"target=/a,b"', { type: 'bind', target: '/a,b', source: '', readOnly: true }],
    [
      'type=cache,target=/a/../b/',
      { type: 'cache', target: '/a/../b/', id: '/b', sharing: 'shared', source: '', readOnly: false },
    ],
    [
      'type=cache,target=/a,id=x,sharing=LOCKED,mode=0750,uid=1,gid=2,ro',
      {
        type: 'cache',
        target: '/a',
        id: 'x',
        sharing: 'locked',
        source: '',
        readOnly: true,
        mode: 0o750,
        uid: 1,
        gid: 2,
      },
    ],
    ['type=tmpfs,target=/a', { type: 'tmpfs', target: '/a', readOnly: false }],
    ['type=tmpfs,target=/a,size=1.5g', { type: 'tmpfs', target: '/a', readOnly: false, size: 1.5 * 2 ** 30 }],
    ['type=tmpfs,target=/a,size=64MiB', { type: 'tmpfs', target: '/a', readOnly: false, size: 64 * 2 ** 20 }],
    ['type=tmpfs,target=/a,size=100', { type: 'tmpfs', target: '/a', readOnly: false, size: 100 }],
    ['type=secret,id=a/b', { type: 'secret', id: 'a/b', target: '/run/secrets/b', required: false }],
    ['type=secret,src=a', { type: 'secret', id: 'a', target: '/run/secrets/a', required: false }],
    ['type=secret,target=/x/y', { type: 'secret', id: 'y', target: '/x/y', required: false }],
    ['type=secret,id=a,env=TOKEN', { type: 'secret', id: 'a', env: 'TOKEN', required: false }],
    [
      'type=secret,id=a,env=TOKEN,target=/t,required',
      { type: 'secret', id: 'a', env: 'TOKEN', target: '/t', required: true },
    ],
    [
      'type=secret,id=a,mode=440,uid=7,required=true',
      { type: 'secret', id: 'a', target: '/run/secrets/a', required: true, mode: 0o440, uid: 7 },
    ],
    ['type=ssh', { type: 'ssh', id: 'default', required: false }],
    [
      'type=ssh,id=k,target=/s,required,mode=600',
      { type: 'ssh', id: 'k', target: '/s', required: true, mode: 0o600 },
    ],
  ])('%s', (value, mount) => {
    expect(parseRunMount({ value })).toEqual(mount);
  });

  it.each([
    ['type=volume,target=/a', /no mount type volume; there are bind, cache, tmpfs, secret, ssh/],
    ['type=', /no mount type ""/],
    ['type=tmps,target=/a', /did you mean tmpfs\?/],
    ['target', /target needs a value/],
    ['tagret=/a', /tagret is no option of --mount \(did you mean target\?\)/],
    ['', /nothing is no option/],
    ['type=bind,target=/a,ro=perhaps', /ro is true or false, not perhaps/],
    ['type=cache,target=/a,sharing=lock', /shared, private or locked, not lock \(did you mean locked\?\)/],
    ['type=bind,target=/a,sharing=locked', /sharing is an option of cache mounts, not of bind mounts/],
    ['type=bind,target=/a,mode=755', /mode is an option of cache, secret, ssh mounts/],
    ['type=cache,target=/a,size=1g', /size is an option of tmpfs mounts/],
    ['type=cache,target=/a,required', /required is an option of secret, ssh mounts/],
    ['type=cache,target=/a,mode=888', /octal number like 0750, not 888/],
    ['type=cache,target=/a,uid=root', /number like 1000, not root/],
    ['type=tmpfs,target=/a,size=big', /size like 64m or 1g, not big/],
    ['type=bind,target=/', /nothing can be mounted on \//],
    ['type=bind,target=/a/..', /nothing can be mounted on \//],
    ['type=secret', /needs the id/],
    ['type=secret,id=a,src=b', /id or source, which mean the same/],
    ['type=secret,id=a,from=b', /has no from/],
    ['type=ssh,src=a', /has no source/],
    ['type=bind,"target=/a', /never closed/],
    ['type=bind,target="/a"', /open or close a whole field/],
    ['"type=bind"x', /comma must follow/],
  ])('%s is refused', (value, message) => {
    expect(() => parseRunMount({ value })).toThrow(message);
  });
});

// `RUN --network=none`: a network namespace with nothing but a loopback device, which is up where we have
// CAP_NET_ADMIN.
import { closeSync } from 'node:fs';
import { cFunction, systemError } from './libc.js';
import { CLONE_NEWNET, unshare } from './thread-calls.js';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
/** `struct ifreq`: 16 bytes of name, then a union whose first two bytes are the flags. */
const requestSize = 40;
const nameSize = 16;

const cSocket = cFunction('int socket(int domain, int type, int protocol)');
const cIoctl = cFunction('int ioctl(int fd, unsigned long request, uint8_t *argument)');

/**
 * Gives the calling thread, and what it spawns, a network of its own.
 * @throws Error with a sentence where that is not permitted: it needs CAP_SYS_ADMIN.
 */
export function leaveNetwork(): void {
  try {
    unshare(CLONE_NEWNET);
  } catch (error) {
    throw new Error(
      'RUN --network=none needs the permission to make a network namespace (CAP_SYS_ADMIN), which this container does not have: ' +
        'grant it, or leave the flag out.',
      { cause: error },
    );
  }
  const request = Buffer.alloc(requestSize);
  request.write('lo');
  request.writeUInt16LE(IFF_UP, nameSize);
  const socket = cSocket(AF_INET, SOCK_DGRAM, 0);
  if (socket < 0) throw systemError('socket');
  try {
    if (cIoctl(socket, SIOCSIFFLAGS, request) === 0) return;
    const error = systemError('ioctl SIOCSIFFLAGS');
    if (error.code !== 'EPERM') throw error;
  } finally {
    closeSync(socket);
  }
}

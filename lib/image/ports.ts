// The ports of EXPOSE: `80`, `80/udp`, `8000-8010/tcp`, and, as Docker tolerates, `ip:host:container/proto`.
import { isIP } from 'node:net';

const highestPort = 65_535;

/**
 * What one word of EXPOSE stands for, as keys of the config's `ExposedPorts`.
 * @throws Error with a sentence where it is not a port.
 */
export function exposedPorts(word: string): string[] {
  const parts = word.split(':');
  const container = parts.at(-1)!;
  const host = parts.length > 1 ? parts.at(-2)! : '';
  const ip = parts
    .slice(0, -2)
    .join(':')
    .replace(/^\[(.*)\]$/, '$1');
  if (ip !== '' && !isIP(ip)) throw invalidPort(word, `'${ip}' is no IP address`);

  const slash = container.indexOf('/');
  const range = slash < 0 ? container : container.slice(0, slash);
  const protocol = slash < 0 ? 'tcp' : container.slice(slash + 1).toLowerCase() || 'tcp';
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) {
    throw invalidPort(word, `the protocol '${protocol}' is none of tcp, udp and sctp`);
  }
  const [start, end] = portRange(word, range);
  if (host !== '') {
    const [hostStart, hostEnd] = portRange(word, host);
    if (end !== start && end - start !== hostEnd - hostStart) {
      throw invalidPort(word, 'the two ranges differ in length');
    }
  }
  return Array.from({ length: end - start + 1 }, (_, offset) => `${start + offset}/${protocol}`);
}

function portRange(word: string, range: string): [number, number] {
  const dash = range.indexOf('-');
  const start = portNumber(word, dash < 0 ? range : range.slice(0, dash));
  const end = dash < 0 ? start : portNumber(word, range.slice(dash + 1));
  if (end < start) throw invalidPort(word, `the range ends before it starts`);
  return [start, end];
}

function portNumber(word: string, digits: string): number {
  const port = /^\+?\d+$/.test(digits) ? Number(digits) : Number.NaN;
  if (!(port <= highestPort)) throw invalidPort(word, `'${digits}' is no number from 0 to ${highestPort}`);
  return port;
}

function invalidPort(word: string, reason: string): Error {
  return new Error(`EXPOSE takes ports like 80, 53/udp or 8000-8010/tcp; in '${word}', ${reason}`);
}

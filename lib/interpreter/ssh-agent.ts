// The SSH agent as a RUN sees it: a socket of ours, with the owner and mode asked for, that passes everything on.
import { chmodSync, chownSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * Listens on a socket and connects whoever comes to the agent.
 * @param path of the socket to make. @param agent path of the agent's own socket.
 * @returns stops listening and removes the socket.
 */
export async function listenForAgent({
  path,
  agent,
  mode,
  uid,
  gid,
}: {
  path: string;
  agent: string;
  mode: number;
  uid: number;
  gid: number;
}): Promise<() => Promise<void>> {
  const server = createServer((client) => {
    const upstream = createConnection(agent);
    // A connection that breaks is the RUN's to notice: it reads an end.
    pipeline(client, upstream, client, () => {
      client.destroy();
      upstream.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(path, resolve);
  });
  chownSync(path, uid, gid);
  chmodSync(path, mode);
  return () => new Promise((resolve) => server.close(() => resolve()));
}

// The SSH agent as a RUN sees it: a socket of ours, with the owner and mode asked for, that passes everything on.
import { chmodSync, chownSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';

/**
 * Listens on a socket and connects whoever comes to the agent.
 * @param path of the socket to make. @param agent path of the agent's own socket.
 * @returns breaks what is connected, stops listening and removes the socket.
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
  const clients = new Set<Socket>();
  // Who has asked and will ask no more still waits for the answer: each direction ends by itself.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = createConnection({ path: agent, allowHalfOpen: true });
    clients.add(client);
    client.pipe(upstream).pipe(client);
    // A connection that breaks is the RUN's to notice: it reads an end.
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    client.on('close', () => {
      clients.delete(client);
      upstream.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(path, resolve);
  });
  chownSync(path, uid, gid);
  chmodSync(path, mode);
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const client of clients) client.destroy();
    });
}

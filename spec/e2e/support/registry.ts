// A real registry server on this machine's loopback: Debian's docker-registry.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RegistryServer {
  /** `127.0.0.1:port`. */
  host: string;
  /** Where it keeps its files. */
  directory: string;
  kill(): void;
}

/** Starts a server that keeps its files below a folder; resolves once it answers. */
export async function startRegistry(folder: string): Promise<RegistryServer> {
  const host = `127.0.0.1:${await freePort()}`;
  const directory = join(folder, 'registry');
  const config = join(folder, 'registry.yml');
  const storage = { filesystem: { rootdirectory: directory } };
  writeFileSync(
    config,
    JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http: { addr: host } }),
  );
  const server = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  for (let tries = 0; !(await answers(host)); tries++) {
    if (tries === 100) throw new Error('These specs need the Debian package docker-registry.');
    await sleep(100);
  }
  return { host, directory, kill: () => void server.kill('SIGKILL') };
}

async function answers(host: string): Promise<boolean> {
  return fetch(`http://${host}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

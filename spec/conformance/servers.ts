// What ADD fetches: a web server and a git daemon on loopback, for the cases that have files for them.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixtureTimes, layOut } from './tree.js';

/** A running server: the address that a Dockerfile gets it by, and how it is stopped. */
export interface Server {
  url: string;
  stop(): void;
}

/** Serves files with a `Last-Modified`, except below `/undated/`; anything else is a 404. */
export async function serveFiles(root: string, lines: readonly string[]): Promise<Server> {
  layOut(root, lines, fixtureTimes.http);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://x').pathname);
    if (path === '/moved') return response.writeHead(302, { location: '/file' }).end();
    try {
      const body = readFileSync(join(root, path));
      const modified = new Date(fixtureTimes.http * 1000).toUTCString();
      response.writeHead(200, path.startsWith('/undated/') ? {} : { 'last-modified': modified });
      return response.end(request.method === 'HEAD' ? undefined : body);
    } catch {
      return response.writeHead(404).end();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Serves a repository of one commit on `main`, tagged `v1`, whose files are the lines. */
export async function serveRepository(root: string, lines: readonly string[]): Promise<Server> {
  const work = join(root, 'work');
  mkdirSync(work, { recursive: true });
  layOut(work, lines, fixtureTimes.base);
  const date = `${fixtureTimes.base} +0000`;
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
      cwd: work,
      env,
      stdio: 'ignore',
    });
  git('init', '-b', 'main');
  git('add', '-A');
  git('commit', '-m', 'one');
  git('tag', 'v1');
  git('clone', '--bare', work, join(root, 'repository.git'));
  const port = await freePort();
  const listen = [`--base-path=${root}`, '--export-all', '--listen=127.0.0.1', `--port=${port}`];
  const daemon = spawn('git', ['daemon', ...listen, root], { env, stdio: 'ignore', detached: true });
  await untilListening(port);
  return { url: `git://127.0.0.1:${port}/repository.git`, stop: () => process.kill(-daemon.pid!) };
}

async function freePort(): Promise<number> {
  const server = createSocketServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1');
    const opened = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (opened) return;
    await sleep(20);
  }
  throw new Error(`nothing listens on port ${port}`);
}

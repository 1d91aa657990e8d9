import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../support/demo.ts';

const program = resolve(process.env['ONECLICKROOMS_BIN'] ?? '../target/debug/oneclickrooms');

/** A server on an empty database, without Zoom. */
export interface Office {
  url: string;
  /** What it has printed. */
  output(): string;
  /** Runs a command beside it; answers what it prints. */
  run(parts: string[], input?: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server in an empty folder. */
export async function startOffice(): Promise<Office> {
  const folder = await mkdtemp(join(tmpdir(), 'rooms-office-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    NO_COLOR: '1',
    ONECLICKROOMS_LISTEN: `127.0.0.1:${port}`,
    ONECLICKROOMS_PUBLIC_URL: url,
    ONECLICKROOMS_DATABASE_URL: `sqlite://${folder}/rooms.sqlite`,
    ONECLICKROOMS_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    ONECLICKROOMS_RATE_LIMITS: 'off',
  };
  const run = (parts: string[], input = ''): Promise<string> =>
    new Promise((done, failed) => {
      const child = execFile(program, parts, { cwd: folder, env }, (error, printed, said) =>
        error ? failed(new Error(`${parts.join(' ')}: ${said}`)) : done(printed.trim()),
      );
      child.stdin?.end(input);
    });
  await run(['migrate']);
  const child = spawn(program, ['serve'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const take = (chunk: Buffer) => (text += chunk.toString());
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise((done) => child.on('exit', done));
  for (let left = 300; !(await fetch(`${url}/readyz`).catch(() => undefined))?.ok; left -= 1) {
    if (left === 0 || child.exitCode !== null) throw new Error(`the server was not ready:\n${text}`);
    await new Promise((again) => setTimeout(again, 100));
  }
  return {
    url,
    output: () => text,
    run,
    async stop() {
      child.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

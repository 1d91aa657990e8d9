import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Somebody the demo printed: an e-mail address, a password, and the rest of the line. */
export interface Person {
  email: string;
  password: string;
  line: string;
}

/** A running `oneclickrooms demo` with its data in a folder of its own. */
export interface Demo {
  /** Where the server answers. */
  url: string;
  /** Where the simulated Zoom answers; a restart may move it. */
  readonly zoom: string;
  /** Everybody, in the order printed: the unconnected officer who may connect comes first. */
  people: Person[];
  /** The first person whose line contains the words. */
  person(words: string | RegExp): Person;
  /** What the process has printed so far. */
  output(): string;
  /** Ends it as Ctrl-C does, and starts it again on the same data and the same port. */
  restart(): Promise<void>;
  /** Ends it as Ctrl-C does, and removes the data. */
  stop(): Promise<void>;
}

const program = resolve(process.env['ONECLICKROOMS_BIN'] ?? '../target/debug/oneclickrooms');

/** Starts a demo in an empty folder and waits until it is ready. */
export async function startDemo(host = '127.0.0.1'): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'rooms-e2e-'));
  const port = await freePort();
  const url = `http://${host}:${port}`;
  let running = await start(folder, port, url);

  const first = running.output();
  const people = parsePeople(first);
  if (people.length === 0) throw new Error(`the demo printed nobody to sign in as:\n${first}`);

  return {
    url,
    get zoom() {
      const addresses = running.output().match(/https?:\/\/[^\s/"',;)]+/g) ?? [];
      const other = addresses.find((address) => new URL(address).port !== String(port));
      if (!other) throw new Error(`the demo printed no address of the simulator:\n${running.output()}`);
      return other;
    },
    people,
    person(words) {
      const found = people.find((person) =>
        typeof words === 'string' ? person.line.includes(words) : words.test(person.line),
      );
      if (!found) throw new Error(`nobody in the demo matches ${words}:\n${first}`);
      return found;
    },
    output: () => running.output(),
    async restart() {
      await running.stop();
      running = await start(folder, port, url);
    },
    async stop() {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The people in what the demo printed: a line with an e-mail address, then the password. */
export function parsePeople(output: string): Person[] {
  return output.split('\n').flatMap((line) => {
    const parts = line.match(/(?<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)(?<rest>.*)$/)?.groups;
    const words = (parts?.['rest'] ?? '').split(/\s+/).map((word) => word.replace(/^[("']|[)"',;]$/g, ''));
    const password = words.find((word) => word !== '' && !/^(\W+|and|with|password:?)$/i.test(word));
    return parts?.['email'] && password ? [{ email: parts['email'], password, line: line.trim() }] : [];
  });
}

interface Running {
  output(): string;
  stop(): Promise<void>;
}

async function start(folder: string, port: number, publicUrl: string): Promise<Running> {
  const child: ChildProcess = spawn(program, ['demo'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      NO_COLOR: '1',
      ONECLICKROOMS_LISTEN: `127.0.0.1:${port}`,
      ONECLICKROOMS_PUBLIC_URL: publicUrl,
      ONECLICKROOMS_RATE_LIMITS: 'off',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const take = (chunk: Buffer) => (text += chunk.toString().replace(/\u001b\[[0-9;]*m/g, ''));
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  let failure: Error | undefined;
  const ended = new Promise<number | null>((done) => {
    child.on('exit', (code) => done(code));
    child.on('error', (error) => {
      failure = error;
      done(null);
    });
  });

  const url = `http://127.0.0.1:${port}/readyz`;
  for (let left = 600; ; left -= 1) {
    if (failure) throw failure;
    if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}:\n${text}`);
    if (left === 0) {
      child.kill('SIGKILL');
      throw new Error(`the demo was not ready within a minute:\n${text}`);
    }
    const answer = await fetch(url).catch(() => undefined);
    // Printed last, so that what is parsed is whole.
    if (answer?.ok && parsePeople(text).length > 0) break;
    await new Promise((again) => setTimeout(again, 100));
  }

  return {
    output: () => text,
    async stop() {
      if (child.exitCode !== null) throw new Error(`the demo had ended with ${child.exitCode}:\n${text}`);
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
      const code = await ended;
      clearTimeout(late);
      if (code !== 0) throw new Error(`the demo did not end cleanly (${code}):\n${text}`);
    },
  };
}

/** A port of this machine that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))));
    });
  });
}

// The simulated Zoom as a process of its own, and the people in front of it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts the simulator on a free port; it ends with `stop`. */
export async function startSimulator() {
  const program = process.env.ONECLICKROOMS_BIN;
  if (!program) throw new Error('ONECLICKROOMS_BIN names the program to test');
  const child = spawn(program, ['zoom-sim', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /ready at (http:\S+)/.exec(line)?.[1];
    if (address) return new Simulator(child, address);
  }
  throw new Error('the simulator did not start');
}

class Simulator {
  constructor(child, url) {
    this.child = child;
    this.url = url;
  }

  /** Presses a button of the console. */
  async press(form, fields) {
    const answer = await fetch(`${this.url}/console/${form}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
    if (answer.status !== 303) throw new Error(`${form}: ${answer.status} ${await answer.text()}`);
  }

  /** What the console knows: `meetings`, `webhooks` or `requests`. */
  async list(what) {
    return (await fetch(`${this.url}/console/${what}.json`)).json();
  }

  /** Waits until a webhook is as wished. */
  async webhook(wished) {
    const end = Date.now() + 15_000;
    for (;;) {
      const found = (await this.list('webhooks')).findLast(wished);
      if (found) return found;
      if (Date.now() > end) throw new Error(`no such webhook: ${wished}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Signs somebody in and allows what is asked; the address the browser is sent back to. */
  async allow(authorize, email) {
    const form = (path, fields, cookie = '') =>
      fetch(`${this.url}${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', headers: { cookie } });
    const signedIn = await form('/oauth/signin', { email, password: 'zoom-demo' });
    const cookie = signedIn.headers.get('set-cookie').split(';')[0];
    const { search } = new URL(authorize);
    return (await form(`/oauth/authorize${search}`, { answer: 'allow' }, cookie)).headers.get('location');
  }

  async stop() {
    this.child.kill('SIGINT');
    await new Promise((resolve) => this.child.once('exit', resolve));
  }
}

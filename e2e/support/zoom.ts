import { expect, type Page } from '@playwright/test';

/** The permissions the product asks for, in the order of its pages. */
export const SCOPES = [
  'user:read:user',
  'meeting:write:meeting',
  'meeting:read:meeting',
  'meeting:update:meeting',
  'meeting:delete:meeting',
  'meeting:read:list_meetings',
];

/** People with a Zoom account in the simulator. */
export const LICENSED = 'mara@halden.example';
export const BASIC = 'jonas@halden.example';
export const BLOCKED = 'ines@halden.example';

/** A meeting as the simulator keeps it. */
export interface Meeting {
  id: number;
  topic: string;
  start_time: string;
  duration: number;
  time_zone: string;
  password: string;
  host_email: string;
  client_id: string;
  deleted_at: string | null;
  changes: unknown[];
}

/** An app as its developer registers it at Zoom. */
export interface OwnApp {
  name: string;
  client_id: string;
  client_secret: string;
  webhook_secret: string;
  redirect_uris: string;
  webhook_url: string;
}

interface Delivery {
  event: string;
  state: string;
  attempts: { status: number | null }[];
}

interface Call {
  method: string;
  path: string;
  status: number | null;
}

/** What the simulated Zoom knows, and the switches of its console. */
export class Zoom {
  constructor(private readonly demo: { readonly zoom: string }) {}

  get url(): string {
    return this.demo.zoom;
  }

  /** Every meeting, deleted ones too. */
  meetings(): Promise<Meeting[]> {
    return this.read('meetings');
  }

  /** The meetings with a topic that have not been deleted. */
  async held(topic: string): Promise<Meeting[]> {
    return (await this.meetings()).filter((meeting) => meeting.topic === topic && !meeting.deleted_at);
  }

  /** The meeting with the number that a page shows. */
  async meeting(shown: string): Promise<Meeting> {
    const found = (await this.meetings()).find(({ id }) => String(id) === shown.replace(/\s/g, ''));
    if (!found) throw new Error(`Zoom knows no meeting ${shown}`);
    return found;
  }

  /** Events that were sent, in order. */
  webhooks(): Promise<Delivery[]> {
    return this.read('webhooks');
  }

  /** Requests that came in, as `POST /v2/users/me/meetings`. */
  async calls(): Promise<string[]> {
    const calls = await this.read<Call[]>('requests');
    return calls.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  }

  /** Lets the next calls of a kind fail. */
  async fault(on: string, what: string, times: number, status?: number): Promise<void> {
    await this.press('faults', { on, what, times: String(times), ...(status ? { status: String(status) } : {}) });
  }

  /** What the host does with a meeting in Zoom itself. */
  async host(id: number, does: 'removal' | 'recovery' | { start_time: string }): Promise<void> {
    if (typeof does === 'string') await this.press(`meetings/${id}/${does}`, {});
    else await this.press(`meetings/${id}`, does);
  }

  /** Registers an app, whose webhook address is challenged at once. */
  async register(app: OwnApp): Promise<void> {
    await this.press('apps', { ...app, scopes: SCOPES.join(' ') });
  }

  /** Webhooks are lost on the way, until somebody sends them by hand. */
  async losesWebhooks(): Promise<void> {
    await this.press('rules', { webhooks: 'held' });
  }

  /** Lets every call succeed again. */
  async clearFaults(): Promise<void> {
    await this.press('faults/removal', {});
  }

  /** The host changes a meeting in Zoom, by the number that a page shows. */
  async change(shown: string, fields: Record<string, string>): Promise<void> {
    await this.press(`meetings/${shown.replace(/\s/g, '')}`, fields);
  }

  private async read<Answer>(what: string): Promise<Answer> {
    const answer = await fetch(new URL(`/console/${what}.json`, this.url));
    if (!answer.ok) throw new Error(`the simulator's console answered ${answer.status}`);
    return (await answer.json()) as Answer;
  }

  private async press(form: string, fields: Record<string, string>): Promise<void> {
    const answer = await fetch(new URL(`/console/${form}`, this.url), {
      method: 'POST',
      body: new URLSearchParams(fields),
    });
    if (!answer.ok) throw new Error(`the simulator's console answered ${answer.status}`);
  }
}

/** On the simulator's pages: signs in as somebody, unless somebody is, and waits for what comes after. */
export async function signInAtZoom(page: Page, email: string): Promise<void> {
  await expect(page).toHaveURL(/\/oauth\/(signin|authorize)\?/);
  if (new URL(page.url()).pathname === '/oauth/signin') {
    await page.getByRole('button', { name: email }).click();
    await expect(page).toHaveURL(/\/oauth\/authorize\?/);
  }
}

/** Opens the simulator's list of installed apps as somebody. */
export async function installedApps(page: Page, zoom: Zoom, email: string): Promise<void> {
  await page.goto(new URL('/user/installed', zoom.url).href);
  if (new URL(page.url()).pathname === '/oauth/signin') await page.getByRole('button', { name: email }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Installed apps');
}

/** On the simulator's pages: signs in, looks at what is asked, and answers. */
export async function answerZoom(page: Page, email: string, answer: 'Allow' | 'Decline'): Promise<void> {
  await signInAtZoom(page, email);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('asks to use this Zoom account');
  await expect(page.locator('main')).toContainText(email);
  await page.getByRole('button', { name: answer, exact: true }).click();
}

import { expect, test as base, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { startDemo, type Demo, type Person } from './demo.ts';
import { Zoom } from './zoom.ts';

export { expect, type Page } from '@playwright/test';
export { axe, inspect, keep } from './inspect.ts';
export type { Demo, Person } from './demo.ts';

export type Session = Awaited<ReturnType<BrowserContext['storageState']>>;

/** For contexts of one's own: they begin with what the test has, its session too. */
export const signedOut: Session = { cookies: [], origins: [] };

interface WorkerFixtures {
  /** Files that name another world get a demo of their own: `test.use({ world: 'disconnection' })`. */
  world: string;
  /** How the demo is reached. */
  host: string;
  demo: Demo;
  /** The simulated Zoom beside the demo. */
  zoom: Zoom;
  /** The session of a person, signed in once for all tests of the world. */
  session: (person: Person) => Promise<Session>;
}

interface TestFixtures {
  /** Who is signed in: `test.use({ who: 'officer' })`. Nobody if left out. */
  who: Who | 'nobody';
  /** Fails a test whose page threw an error or ran into the content security policy. */
  quiet: void;
}

/** The first officer may connect and has not; the other may not. */
export type Who = 'officer' | 'admin' | 'unpermitted';

/** One of the people the demo prints. */
export function person(demo: Demo, who: Who): Person {
  const first = demo.people[0];
  if (who === 'officer' && first) return first;
  return demo.person(who === 'admin' ? /\badmin:/ : /may not connect/i);
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  world: ['shared', { option: true, scope: 'worker' }],

  host: ['127.0.0.1', { option: true, scope: 'worker' }],

  demo: [
    async ({ world: _, host }, use) => {
      const demo = await startDemo(host);
      await use(demo);
      await demo.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],

  zoom: [async ({ demo }, use) => use(new Zoom(demo)), { scope: 'worker' }],

  session: [
    async ({ demo, browser }, use) => {
      const sessions = new Map<string, Session>();
      await use(async (wanted) => {
        const known = sessions.get(wanted.email) ?? (await newSession(browser, demo, wanted));
        sessions.set(wanted.email, known);
        return known;
      });
    },
    { scope: 'worker' },
  ],

  who: ['nobody', { option: true }],

  baseURL: async ({ demo }, use) => use(demo.url),

  storageState: async ({ demo, session, who }, use) => {
    await use(who === 'nobody' ? undefined : await session(person(demo, who)));
  },

  quiet: [
    async ({ context }, use) => {
      const loud: string[] = [];
      context.on('weberror', (error) => loud.push(String(error.error())));
      context.on('console', (message) => {
        if (/Content.Security.Policy|Refused to/i.test(message.text())) loud.push(message.text());
      });
      await use();
      expect(loud, 'errors in the page').toEqual([]);
    },
    { auto: true },
  ],
});

async function newSession(browser: Browser, demo: Demo, wanted: Person): Promise<Session> {
  const context = await browser.newContext({ baseURL: demo.url, storageState: signedOut });
  await signIn(await context.newPage(), wanted);
  const session = await context.storageState();
  await context.close();
  return session;
}

/** Signs in through the page, and waits until it has let us in. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await page.goto('/sign-in');
  await page.locator('input[name="email"]').fill(person.email);
  await page.locator('input[name="password"]').fill(person.password);
  await page.locator('input[name="password"]').press('Enter');
  await expect(page).not.toHaveURL(/\/sign-in/);
}

import { expect, test as base, type Page } from '@playwright/test';
import { startDemo, type Demo, type Person } from './demo.ts';

export { expect } from '@playwright/test';
export { axe, inspect, keep, shoot } from './inspect.ts';
export type { Demo, Person } from './demo.ts';

interface WorkerFixtures {
  /** Files that name another world get a demo of their own: `test.use({ world: 'disconnection' })`. */
  world: string;
  demo: Demo;
}

interface TestFixtures {
  /** Fails a test whose page threw an error or ran into the content security policy. */
  quiet: void;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  world: ['shared', { option: true, scope: 'worker' }],

  demo: [
    async ({ world: _ }, use) => {
      const demo = await startDemo();
      await use(demo);
      await demo.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],

  baseURL: async ({ demo }, use) => use(demo.url),

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

/** Signs in through the page, and waits until it has let us in. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await page.goto('/sign-in');
  await page.locator('input[name="email"]').fill(person.email);
  await page.locator('input[name="password"]').fill(person.password);
  await page.locator('input[name="password"]').press('Enter');
  await expect(page).not.toHaveURL(/\/sign-in/);
}

import type { Browser } from '@playwright/test';
import { app, booked, connect, day, fact, fill, linkReady, type Wish } from '../support/steps.ts';
import { expect, inspect, person, test, type Demo, type Page, type Person, type Session, type Who } from '../support/test.ts';
import { BASIC, LICENSED } from '../support/zoom.ts';

// Two people lend their Zoom accounts to the company; Jonas, who has none, books with them.
test.use({ world: 'hosts' });
test.describe.configure({ mode: 'serial' });

type Sessions = (wanted: Person) => Promise<Session>;

async function as(who: Who, browser: Browser, demo: Demo, session: Sessions): Promise<Page> {
  const storageState = await session(person(demo, who));
  const context = await browser.newContext({ baseURL: demo.url, storageState });
  return context.newPage();
}

/** Connects an account and lets it host for colleagues. */
async function lend(page: Page, email: string, name?: string): Promise<void> {
  await connect(page, email);
  await app(page).getByText('Name and colleagues').click();
  if (name) {
    await app(page).getByLabel('Name').fill(name);
    await app(page).getByRole('button', { name: 'Save name' }).click();
    await expect(page.locator('.banner.ok')).toContainText('Saved.');
    await app(page).getByText('Name and colleagues').click();
  }
  await app(page).getByRole('button', { name: 'Let it host for colleagues' }).click();
  await expect(app(page).locator('dt:text-is("Hosts for") + dd')).toContainText('offered to colleagues');
}

test('two people lend their accounts, and an admin makes a pool of them', async ({ browser, demo, session }) => {
  const mara = await as('officer', browser, demo, session);
  await lend(mara, LICENSED, 'Reception');
  await inspect(mara, 'apps-offered', { pictures: true });
  const olga = await as('admin', browser, demo, session);
  await lend(olga, BASIC);

  await olga.goto('/admin/company');
  await olga.getByRole('radio', { name: 'Whichever is free' }).check();
  await olga.getByRole('button', { name: 'Save who hosts' }).click();
  await expect(olga.locator('.banner.ok')).toContainText('Saved.');
  await expect(olga.getByRole('region', { name: 'Offered accounts' })).toContainText('Reception');
  await inspect(olga, 'admin-company-pool', { pictures: true });
  await mara.goto('/settings/apps');
  await expect(app(mara).locator('dt:text-is("Hosts for") + dd')).toHaveText('You, and colleagues without Zoom');
});

test('each overlapping booking gets a host of its own, then the form says when one is free', async ({
  browser,
  demo,
  session,
}) => {
  const page = await as('unpermitted', browser, demo, session);
  const wish = (title: string, room: string, start: string, end: string): Wish => ({
    title,
    room,
    date: day(50),
    start,
    end,
    zoom: true,
  });
  const why = page.locator('#zoom-why');
  const rooms = async () => {
    await page.goto('/bookings/new');
    const names = await page.getByLabel('Room', { exact: true }).locator('option').allTextContents();
    return names.map((name) => name.trim().split(',')[0] ?? '');
  };
  const [first = '', second = '', third = ''] = await rooms();

  const hosts: (string | null)[] = [];
  for (const [title, room, start, end] of [
    ['Hosted first', first, '10:00', '11:00'],
    ['Hosted second', second, '10:30', '11:30'],
  ] as const) {
    await page.goto('/bookings/new');
    await expect(why).toContainText('hosts it, for your company');
    await fill(page, wish(title, room, start, end));
    await page.getByRole('button', { name: /^Book/ }).click();
    await booked(page, title);
    await linkReady(page);
    hosts.push(await fact(page, 'Host').textContent());
  }
  expect(new Set(hosts).size, `two hosts: ${hosts.join(', ')}`).toBe(2);

  await page.goto('/bookings/new');
  await fill(page, wish('Hosted third', third, '10:15', '11:15'));
  await expect(why).toContainText('Both Zoom hosts have another meeting then');
  await expect(page.getByRole('radio', { name: 'Zoom meeting' }), 'the wish is kept').toBeChecked();
  await inspect(page, 'form-hosts-busy', { pictures: true });
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.locator('#conference-wrong')).toContainText('free again from 11:00');
  await inspect(page, 'form-hosts-refused', { pictures: true });
  await page.getByRole('button', { name: /11:00–12:00 in/ }).click();
  await booked(page, 'Hosted third');
  await linkReady(page);
});

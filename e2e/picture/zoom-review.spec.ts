// The screen where each scope is used, for docs/zoom-review/scopes.md.
import { mkdir, stat } from 'node:fs/promises';
import { app, book, booked, connect, day, fill, linkReady, meeting } from '../support/steps.ts';
import { expect, test } from '../support/test.ts';
import { LICENSED } from '../support/zoom.ts';
import type { Locator, Page } from '@playwright/test';

const folder = '../docs/zoom-review/screens';

test.use({ who: 'officer', viewport: { width: 1024, height: 800 }, colorScheme: 'light' });

async function picture(page: Page, name: string, part?: Locator): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = `${folder}/${name}.png`;
  await (part ?? page).screenshot({ path });
  expect((await stat(path)).size, `bytes of ${name}`).toBeLessThan(150_000);
}

test('the screen of each scope', async ({ page, zoom }) => {
  await connect(page, LICENSED);
  await picture(page, 'connected', app(page));

  const wish = { title: 'Coating review', date: day(28), start: '10:00', end: '11:00', zoom: true };
  const path = await book(page, wish);
  const id = await linkReady(page);
  await picture(page, 'made');

  await page.getByRole('link', { name: 'Change' }).click();
  await fill(page, { ...wish, title: 'Coating review, part two', start: '10:30', end: '11:30' });
  await page.getByRole('button', { name: 'Save' }).click();
  await booked(page, 'Coating review, part two');
  await expect.poll(async () => (await zoom.meeting(id)).topic).toBe('Coating review, part two');
  await picture(page, 'changed');

  const { start_time: before } = await zoom.meeting(id);
  await zoom.change(id, { start_time: new Date(Date.parse(before) + 30 * 60_000).toISOString().replace('.000', '') });
  await expect(meeting(page).locator('#differs')).toBeVisible();
  await picture(page, 'read-after-a-change-in-zoom');

  await page.goto(path);
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Cancelled');
  await expect(meeting(page).locator('.state')).toHaveText('Zoom meeting removed');
  await picture(page, 'deleted');

  await zoom.fault('create', 'drop-after', 1);
  await book(page, { title: 'Lost answer', date: day(29), start: '10:00', end: '10:30', zoom: true });
  await expect(meeting(page).getByRole('link', { name: 'Join Zoom meeting' })).toBeVisible({ timeout: 40_000 });
  await page.locator('#history, .events').first().scrollIntoViewIfNeeded();
  await picture(page, 'adopted-after-a-lost-answer');
});

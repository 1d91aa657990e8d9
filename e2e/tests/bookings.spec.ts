import { book, day } from '../support/steps.ts';
import { expect, inspect, person, test } from '../support/test.ts';

test.use({ who: 'officer' });

test('my bookings: what is ahead, what was cancelled, and the way to each', async ({ page }) => {
  await book(page, { title: 'Stays ahead', date: day(43), start: '09:00', end: '09:30' });
  await book(page, { title: 'Goes again', date: day(43), start: '10:00', end: '10:30' });
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Cancelled');

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'My bookings' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('My bookings');
  await expect(page.locator('.agenda-rows li', { hasText: 'Goes again' })).toContainText('Cancelled');
  await inspect(page, 'my-bookings');
  await page.getByRole('link', { name: 'Stays ahead' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Stays ahead');
  await expect(page.locator('#meeting')).not.toContainText('Join');
});

test('another officer sees a booking and cannot change it', async ({ page, browser, demo, session }) => {
  const path = await book(page, { title: 'Not yours', date: day(44), start: '09:00', end: '09:30' });
  const context = await browser.newContext({
    baseURL: demo.url,
    storageState: await session(person(demo, 'unpermitted')),
  });
  const other = await context.newPage();
  await other.goto(path);
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('Not yours');
  await expect(other.getByRole('link', { name: 'Change' })).toHaveCount(0);
  await expect(other.getByRole('button', { name: 'Cancel booking' })).toHaveCount(0);
  await context.close();
});

// Ctrl-C and a second start: sessions, bookings, connection and meetings are still there.
import { appState, book, connect, day, fill, booked, linkReady } from '../support/steps.ts';
import { expect, test } from '../support/test.ts';
import { LICENSED } from '../support/zoom.ts';

test.use({ world: 'restart', who: 'officer' });

test('a second start of the demo keeps everything', async ({ page, demo, zoom }) => {
  await connect(page, LICENSED);
  const wish = { title: 'Before the restart', date: day(20), start: '10:00', end: '11:00' };
  const path = await book(page, { ...wish, zoom: true });
  const id = await linkReady(page);

  await demo.restart();
  await page.goto(path);
  expect(await linkReady(page)).toBe(id);
  await page.goto('/settings/apps');
  await expect(appState(page)).toHaveText('Connected');

  await page.goto(path);
  await page.getByRole('link', { name: 'Change' }).click();
  await fill(page, { ...wish, title: 'After the restart' });
  await page.getByRole('button', { name: 'Save' }).click();
  await booked(page, 'After the restart');
  await expect.poll(async () => (await zoom.meeting(id)).topic).toBe('After the restart');
});

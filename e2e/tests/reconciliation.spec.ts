import { book, connect, day, linkReady, meeting } from '../support/steps.ts';
import { expect, inspect, person, test } from '../support/test.ts';
import { LICENSED } from '../support/zoom.ts';

test.use({ world: 'reconciliation', who: 'officer' });

test('what differs in Zoom is found, shown and put right', async ({ page, browser, demo, session, zoom }) => {
  test.setTimeout(120_000);
  await connect(page, LICENSED);
  const links = new Map<string, number>();
  for (const [title, start, end] of [
    ['Deleted in Zoom', '09:00', '09:30'],
    ['Moved in Zoom', '10:00', '10:30'],
    ['Cancelled here', '11:00', '11:30'],
    ['Left in peace', '12:00', '12:30'],
  ] as const) {
    await book(page, { title, room: 'Aster', date: day(50), start, end, zoom: true });
    links.set(title, (await zoom.meeting(await linkReady(page))).id);
  }
  const id = (title: string) => links.get(title) ?? 0;
  const moved = (await zoom.held('Moved in Zoom'))[0]?.start_time ?? '';

  // Zoom goes its own way, and its webhooks never arrive.
  await zoom.losesWebhooks();
  await zoom.host(id('Deleted in Zoom'), 'removal');
  const later = new Date(new Date(moved).getTime() + 3_600_000).toISOString().replace(/\.\d+/, '');
  await zoom.host(id('Moved in Zoom'), { start_time: later });
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'My bookings' }).click();
  await page.getByRole('link', { name: 'Cancelled here', exact: true }).click();
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(meeting(page)).toContainText('Zoom meeting removed');
  await zoom.host(id('Cancelled here'), 'recovery');
  const settled = Date.now() + 11_000;

  const context = await browser.newContext({ baseURL: demo.url, storageState: await session(person(demo, 'admin')) });
  const admin = await context.newPage();
  await admin.goto('/admin/reconciliation');
  await expect(admin.getByRole('heading', { name: 'Not compared yet' })).toBeVisible();
  await inspect(admin, 'admin-reconciliation-empty');
  // What has just changed is not judged.
  await expect.poll(() => Date.now(), { timeout: 20_000 }).toBeGreaterThan(settled);
  await admin.getByRole('button', { name: 'Compare now' }).click();
  await expect(admin.locator('.lead')).toHaveText('3 meetings are not as their bookings say.');
  const found = admin.getByRole('region', { name: 'What differs' });
  await expect(found.getByRole('row', { name: /Deleted in Zoom/ })).toContainText('Missing in Zoom');
  await expect(found.getByRole('row', { name: /Moved in Zoom/ })).toContainText('Wrong time');
  await expect(found.getByRole('row', { name: /Cancelled here/ })).toContainText('No booking');
  await inspect(admin, 'admin-reconciliation', { pictures: true });
  expect(await zoom.held('Cancelled here')).toHaveLength(1);

  await admin.getByText('Fix all 3').click();
  await expect(admin.locator('#fix-all')).toContainText('1 new link is made');
  await expect(admin.locator('#fix-all')).toContainText('1 meeting that no booking wants is deleted');
  await admin.getByRole('button', { name: 'Fix these 3 now' }).click();
  await expect(admin.locator('.lead')).toHaveText('Every link agrees with Zoom.', { timeout: 30_000 });
  await expect(admin.getByRole('region', { name: 'What was put right' }).getByRole('row')).toHaveCount(4);
  await inspect(admin, 'admin-reconciliation-done');
  await context.close();

  // Exactly the right set: one for each booking that wants one, at its time.
  for (const title of ['Deleted in Zoom', 'Moved in Zoom', 'Left in peace']) {
    expect(await zoom.held(title), title).toHaveLength(1);
  }
  expect((await zoom.held('Moved in Zoom'))[0]?.start_time).toBe(moved);
  expect((await zoom.held('Deleted in Zoom'))[0]?.id).not.toBe(id('Deleted in Zoom'));
  expect(await zoom.held('Cancelled here')).toHaveLength(0);
});

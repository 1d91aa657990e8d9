import { answerZoom, BASIC, LICENSED } from '../support/zoom.ts';
import { app, book, connect, day, fact, linkReady, meeting } from '../support/steps.ts';
import { expect, inspect, test } from '../support/test.ts';

test.use({ who: 'officer', world: 'meetings' });
test.describe.configure({ mode: 'serial' });

test('a link that cannot be made says why, and is made on request', async ({ page, zoom }) => {
  await connect(page, LICENSED);
  await zoom.fault('create', 'html', 20, 502);
  await book(page, { title: 'No answer yet', date: day(50), start: '09:00', end: '09:30', zoom: true });
  const retry = meeting(page).getByRole('button', { name: 'Try now' });
  await expect(retry).toBeVisible();
  await expect(meeting(page)).toContainText(/Tried (once|\d+ times)\./);
  await expect(meeting(page)).toContainText('Your room is booked');
  await inspect(page, 'booking-link-waiting', { pictures: true });
  await zoom.clearFaults();
  await retry.click();
  await linkReady(page);
  expect(await zoom.held('No answer yet')).toHaveLength(1);
});

for (const [way, button] of [
  ['take', 'Take Zoom’s time'],
  ['restore', 'Restore ours'],
  ['renew', 'Make a new link'],
] as const) {
  test(`a meeting moved in Zoom moves no room: ${way}`, async ({ page, zoom }) => {
    const title = `Moved: ${way}`;
    const date = day(51);
    await book(page, { title, date, start: '09:00', end: '09:30', zoom: true });
    const shown = await linkReady(page);
    const before = await zoom.meeting(shown);
    const later = new Date(Date.parse(before.start_time) + 3 * 3_600_000).toISOString().replace('.000', '');
    await zoom.change(shown, { start_time: later });
    const differs = meeting(page).locator('#differs');
    await expect(differs).toContainText('Changed in Zoom.');
    await expect(differs).toContainText('The room stays as booked.');
    await expect(page.locator('.big')).toHaveText('09:00–09:30');
    if (way === 'take') await inspect(page, 'booking-changed-in-zoom', { pictures: true });
    await differs.getByRole('button', { name: button }).click();
    await expect(differs).toHaveCount(0);
    await expect.poll(async () => (await zoom.held(title)).length).toBe(1);
    const [held] = await zoom.held(title);
    await expect(page.locator('.big')).toHaveText(way === 'take' ? '12:00–12:30' : '09:00–09:30');
    if (way === 'take') expect(held?.start_time).toBe(later);
    else await expect.poll(async () => (await zoom.held(title))[0]?.start_time).toBe(before.start_time);
    if (way === 'renew') expect(held?.id).not.toBe(before.id);
    else expect(held?.id).toBe(before.id);
    await page.getByRole('button', { name: 'Cancel booking' }).click();
    await expect.poll(() => zoom.held(title)).toEqual([]);
  });
}

test('another account takes a link over from the booking’s page', async ({ page, zoom }) => {
  await page.goto('/settings/apps');
  await app(page).getByText('Connect another Zoom account').click();
  await app(page).getByRole('button', { name: 'Connect another account' }).click();
  await answerZoom(page, BASIC, 'Allow');
  await book(page, { title: 'Two hosts', date: day(52), start: '09:00', end: '09:30', zoom: true });
  await linkReady(page);
  await expect(fact(page, 'Host')).toHaveText(LICENSED);
  await meeting(page).getByLabel('Another account').selectOption({ label: BASIC });
  await inspect(page, 'booking-other-account', { pictures: true });
  await meeting(page).getByRole('button', { name: 'Use another account' }).click();
  await expect(fact(page, 'Host')).toHaveText(BASIC);
  await expect.poll(async () => (await zoom.held('Two hosts')).map((held) => held.host_email)).toEqual([BASIC]);
});

test('how people come in is a choice of one’s own', async ({ page }) => {
  await page.goto('/settings/meetings');
  await page.getByRole('radio', { name: 'My own' }).check();
  await page.getByRole('checkbox', { name: 'Waiting room' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
  await inspect(page, 'settings-meetings', { pictures: true });
});

test.describe('for admins', () => {
  test.use({ who: 'admin' });

  test('every meeting of the company, filtered', async ({ page }) => {
    await page.goto('/admin/meetings');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Zoom meetings');
    await expect(page.getByRole('table')).toContainText('No answer yet');
    await inspect(page, 'admin-meetings', { pictures: true });
    await page.getByLabel('State').selectOption('failed');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Nothing like that' })).toBeVisible();
    await page.goto('/admin/company/meetings');
    await inspect(page, 'admin-promise');
  });
});

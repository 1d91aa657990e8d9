import { answerZoom, BASIC, installedApps, LICENSED } from '../support/zoom.ts';
import { app, book, connect, day, linkReady, meeting } from '../support/steps.ts';
import { expect, inspect, test } from '../support/test.ts';

// Leaving Zoom with the links one wants, and coming back.
test.use({ who: 'officer', world: 'leaving' });
test.describe.configure({ mode: 'serial' });

const state = '#zoom > header .state';

test('links kept are taken back when the same account is connected again', async ({ page, zoom }) => {
  await connect(page, LICENSED);
  const path = await book(page, { title: 'Kept', date: day(60), start: '09:00', end: '09:30', zoom: true });
  const id = await linkReady(page);
  await page.goto('/settings/apps');
  await expect(app(page).getByRole('group', { name: '1 upcoming booking has a link of this account' })).toBeVisible();
  await expect(app(page).getByRole('radio', { name: 'Keep the links' })).toBeChecked();
  await inspect(page, 'apps-leaving-choice', { pictures: true });
  await app(page).getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.locator(state)).toHaveText('Inactive');
  await page.goto(path);
  await expect(meeting(page).locator('.state')).toHaveText('Link kept, no longer managed here');
  await connect(page, LICENSED);
  await expect(app(page).locator('.events')).toContainText('1 link follows its booking again');
  await page.goto(path);
  expect(await linkReady(page)).toBe(id);
  expect((await zoom.meeting(id)).deleted_at).toBeNull();
});

test('while Zoom is down the page says what is left, and the rest may stay there', async ({ page, zoom }) => {
  await zoom.fault('delete', 'html', 50, 502);
  await page.goto('/settings/apps');
  await app(page).getByRole('radio', { name: 'Remove the links' }).check();
  await app(page).getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.locator(state)).toHaveText('Inactive');
  await expect(async () => {
    await page.goto('/settings/apps');
    await expect(app(page)).toContainText('Zoom does not answer. Next try:', { timeout: 500 });
  }).toPass();
  await expect(app(page)).toContainText('1 Zoom meeting is still to be deleted.');
  await inspect(page, 'apps-leaving-waits', { pictures: true });
  await app(page).getByRole('button', { name: 'Leave the rest in Zoom and finish' }).click();
  await expect(page.locator('.banner.ok')).toContainText('stays in Zoom');
  await expect(app(page)).not.toContainText('still to be deleted');
  await zoom.clearFaults();
  expect((await zoom.held('Kept')).length).toBe(1);
});

test('removing deletes the meetings, keeps the rooms, and hands the access back', async ({ page, zoom }) => {
  await connect(page, LICENSED);
  const path = await book(page, { title: 'Taken off', date: day(61), start: '09:00', end: '09:30', zoom: true });
  await linkReady(page);
  await page.goto('/settings/apps');
  await app(page).getByRole('radio', { name: 'Remove the links' }).check();
  await app(page).getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.locator(state)).toHaveText('Inactive');
  await expect.poll(() => zoom.held('Taken off')).toEqual([]);
  await page.goto(path);
  await expect(page.locator('.lead-state')).toHaveText('Confirmed');
  await expect(page.locator('main')).toContainText('Room only');
  await expect(async () => {
    await installedApps(page, zoom, LICENSED);
    await expect(page.locator('main')).toContainText('No app may use this Zoom account.', { timeout: 500 });
  }).toPass();
});

test('links move to another account of the same person', async ({ page, zoom }) => {
  await connect(page, LICENSED);
  const path = await book(page, { title: 'Moved over', date: day(62), start: '09:00', end: '09:30', zoom: true });
  const before = await linkReady(page);
  await page.goto('/settings/apps');
  await app(page).getByText('Connect another Zoom account').click();
  await app(page).getByRole('button', { name: 'Connect another account' }).click();
  await page.getByRole('link', { name: 'change', exact: true }).click();
  await answerZoom(page, BASIC, 'Allow');
  const first = app(page).getByRole('region', { name: LICENSED });
  await first.getByRole('radio', { name: 'Move them to another account' }).check();
  await first.getByLabel('Which account, if you move them').selectOption({ label: BASIC });
  await inspect(page, 'apps-leaving-move', { pictures: true });
  await first.getByRole('button', { name: /^Disconnect/ }).click();
  await expect(app(page)).toContainText(BASIC);
  await expect.poll(async () => (await zoom.held('Moved over')).map(({ host_email }) => host_email)).toEqual([BASIC]);
  await page.goto(path);
  expect(await linkReady(page)).not.toBe(before);
});

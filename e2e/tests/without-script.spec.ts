// The main story with scripts switched off: plain forms, redirects and links.
import { app, appState, book, booked, connect, day, disconnect, fill, linkReady, meeting } from '../support/steps.ts';
import { expect, test } from '../support/test.ts';
import { BASIC } from '../support/zoom.ts';

test.use({ world: 'without script', who: 'officer', javaScriptEnabled: false });
test.describe.configure({ mode: 'serial' });

let path = '';

test('connect, and one click on a card', async ({ page, zoom }) => {
  await connect(page, BASIC);
  await page.goto('/');
  await page.locator('.now-card').first().getByRole('button', { name: 'with Zoom' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Confirmed');
  await expect(async () => {
    await page.reload();
    await expect(meeting(page).getByRole('link', { name: 'Join Zoom meeting' })).toBeVisible({ timeout: 500 });
  }).toPass();
  const held = await zoom.meeting(await linkReady(page));
  expect(held.host_email).toBe(BASIC);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(held.topic);
});

test('book, change and cancel through the forms', async ({ page }) => {
  const date = day(20);
  path = await book(page, { title: 'Plain form', date, start: '10:00', end: '11:00', invitees: 'guest@halden.example' });
  await page.getByRole('link', { name: 'Change' }).click();
  await fill(page, { title: 'Plain form, later', date, start: '11:00', end: '12:00' });
  await page.getByRole('button', { name: 'Save' }).click();
  await booked(page, 'Plain form, later');
  await expect(page.locator('.big')).toHaveText('11:00–12:00');
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Cancelled');
  await page.getByRole('button', { name: 'Undo' }).click();
  path = await booked(page, 'Plain form, later');
});

test('a refused form keeps what was typed', async ({ page }) => {
  await page.goto('/bookings/new');
  await fill(page, { title: 'Clash', date: day(20), start: '11:00', end: '12:00', invitees: 'guest@halden.example' });
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.locator('#summary')).toContainText('Not booked yet.');
  await expect(page.getByLabel('Title')).toHaveValue('Clash');
  await expect(page.getByLabel('People')).toHaveValue('guest@halden.example');
  await page.locator('button[name="take"]').first().click();
  await booked(page, 'Clash');
});

test('a free gap of the day is a link to the filled form', async ({ page }) => {
  await page.goto(`/?date=${day(25)}`);
  await page.locator('.free a').first().click();
  await expect(page).toHaveURL(/\/bookings\/new\?/);
  await expect(page.getByLabel('Day', { exact: true })).toHaveValue(day(25));
  await page.getByLabel('Title').fill('From the day');
  await page.getByRole('button', { name: /^Book/ }).click();
  await booked(page, 'From the day');
});

test('disconnect, then the form does not offer Zoom', async ({ page }) => {
  await disconnect(page);
  await expect(app(page).locator('.banner')).toContainText('Disconnected by you');
  await page.goto('/bookings/new');
  await expect(page.getByRole('radio', { name: 'Zoom meeting' })).toBeDisabled();
  await page.goto(path);
  await expect(page.locator('.lead-state')).toHaveText('Confirmed');
  await page.goto('/settings/apps');
  await expect(appState(page)).toHaveText('Inactive');
});

test('sign out', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto('/');
  await expect(page).toHaveURL(/\/sign-in/);
});

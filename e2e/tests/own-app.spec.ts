import { type Page } from '@playwright/test';
import { app, appState, book, connect, day, linkReady, meeting } from '../support/steps.ts';
import { expect, inspect, person, test } from '../support/test.ts';
import { installedApps, LICENSED, type OwnApp } from '../support/zoom.ts';

// A company's own app at Zoom: created with the page's values, entered, checked, used and removed.
test.use({ who: 'admin', world: 'own-app' });
// Two minutes each, as every page is looked at in three widths.
test.describe.configure({ mode: 'serial', timeout: 120_000 });

const ours: OwnApp = {
  name: 'Halden Rooms',
  client_id: 'halden-rooms',
  client_secret: 'halden-client-secret',
  webhook_secret: 'halden-webhook-secret',
  redirect_uris: '',
  webhook_url: '',
};

/** The state of a check, by its title. */
const check = (page: Page, title: string) =>
  page.locator('#zoom-app dt', { hasText: title }).locator('.state');

test('an admin begins, and copies the values that Zoom wants', async ({ page }) => {
  await page.goto('/admin');
  await page.getByRole('navigation', { name: 'Admin' }).getByRole('link', { name: 'Zoom app' }).click();
  await expect(page.locator('.lead')).toContainText('through the app of whoever runs this server');
  await inspect(page, 'zoom-app-none', { pictures: true });
  await page.getByRole('button', { name: 'Set up our own app' }).click();
  await expect(page.getByRole('heading', { name: '1. Create the app at Zoom' })).toBeVisible();
  const value = async (label: string) =>
    (await page.locator('dt', { hasText: label }).locator('+ dd code').first().textContent()) ?? '';
  ours.redirect_uris = await value('OAuth redirect URL');
  ours.webhook_url = await value('Event notification endpoint URL');
  expect(ours.redirect_uris).toMatch(/\/zoom_callback$/);
  expect(ours.webhook_url).toMatch(/\/webhooks\/zoom\/za_[0-9a-f]{32}$/);
  const [manifest] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Manifest as a file' }).click(),
  ]);
  expect(manifest.suggestedFilename()).toBe('oneclickrooms-zoom-app.json');
  await inspect(page, 'zoom-app-begun', { pictures: true });
});

test('what does not fit is named, and a mistyped value stands beside its field', async ({ page }) => {
  await page.goto('/admin/zoom-app');
  await page.getByLabel('Client ID').fill('halden rooms');
  await page.getByLabel('Client secret').fill('x');
  await page.getByLabel('Webhook secret').fill('x');
  await page.getByRole('button', { name: 'Store and check' }).click();
  await expect(page.locator('#client_id-wrong')).toContainText('no space inside');
  await expect(page.getByLabel('Client ID')).toHaveValue('halden rooms');
  await expect(page.getByLabel('Client secret')).toHaveValue('');
  await inspect(page, 'zoom-app-wrong');

  await page.getByLabel('Client ID').fill(ours.client_id);
  await page.getByLabel('Client secret').fill(ours.client_secret);
  await page.getByLabel('Webhook secret').fill(ours.webhook_secret);
  await page.getByRole('button', { name: 'Store and check' }).click();
  await expect(check(page, 'Client ID and secret')).toHaveText('To do');
  await expect(check(page, 'Redirect address')).toHaveText('To do');
  await expect(check(page, 'Clock')).toHaveText('Right');
  await expect(check(page, 'Webhook address')).toHaveText('Not known yet');
  await expect(check(page, 'Permissions')).toHaveText('Not known yet');
  await expect(page.getByRole('button', { name: 'Use our own app' })).toHaveCount(0);
  await expect(page.locator('main')).not.toContainText(ours.client_secret);
  await inspect(page, 'zoom-app-entered', { pictures: true });
});

test('once it is created at Zoom the checks turn right, and it is used', async ({ page, zoom }) => {
  await page.goto('/admin/zoom-app');
  await zoom.register(ours);
  // Zoom has challenged the address: the open page hears of it.
  await expect(check(page, 'Webhook address')).toHaveText('Right');
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(check(page, 'Client ID and secret')).toHaveText('Right');
  await expect(check(page, 'Redirect address')).toHaveText('Right');
  await inspect(page, 'zoom-app-ready', { pictures: true });
  await page.getByRole('button', { name: 'Use our own app' }).click();
  await expect(page.locator('.lead')).toHaveText('People connect Zoom through your company’s own app.');
  await inspect(page, 'zoom-app-used', { pictures: true });
});

test('an officer connects through it, books, and removes it in Zoom', async ({ browser, demo, session, zoom }) => {
  const officer = await browser.newContext({
    baseURL: demo.url,
    storageState: await session(person(demo, 'officer')),
  });
  const page = await officer.newPage();
  await connect(page, LICENSED);
  const path = await book(page, { title: 'Through our own', date: day(30), start: '09:00', end: '09:30', zoom: true });
  await linkReady(page);
  expect((await zoom.held('Through our own'))[0]?.client_id).toBe(ours.client_id);

  await installedApps(page, zoom, LICENSED);
  await expect(page.locator('main')).toContainText(ours.name);
  await page.getByRole('button', { name: `Remove ${ours.name}` }).click();
  await expect(async () => {
    await page.goto('/settings/apps');
    await expect(appState(page)).toHaveText('Inactive', { timeout: 500 });
  }).toPass();
  await expect(app(page)).toContainText('Removed in Zoom');
  await page.goto(path);
  await expect(meeting(page).locator('.state')).toHaveText('Link kept, no longer managed here');
  await officer.close();
});

test('the webhook secret is rotated, and the app removed with what depends on it', async ({ page, browser, demo, session }) => {
  const officer = await browser.newContext({
    baseURL: demo.url,
    storageState: await session(person(demo, 'officer')),
  });
  await connect(await officer.newPage(), LICENSED);
  await page.goto('/admin/zoom-app');
  await expect(check(page, 'Permissions')).toHaveText('Right');
  await page.getByText('Rotate the webhook secret').click();
  await page.getByLabel('New webhook secret').fill('halden-webhook-secret-2');
  await page.getByRole('button', { name: 'Take up the new one' }).click();
  await expect(page.locator('main')).toContainText('Two secrets hold since');
  await expect(check(page, 'Webhook address')).toHaveText('To do');
  await inspect(page, 'zoom-app-rotating', { pictures: true });
  await page.getByRole('button', { name: 'Take the earlier one away' }).click();
  await expect(page.locator('.banner.ok')).toContainText('Only the present webhook secret holds now.');

  await page.getByRole('button', { name: 'Remove our app and end 1 connection' }).click();
  await expect(page.locator('.banner.ok')).toContainText('1 connection ended');
  const theirs = await officer.newPage();
  await theirs.goto('/settings/apps');
  await expect(appState(theirs)).toHaveText('Inactive');
  await expect(theirs.locator('main')).toContainText('Your company has removed the Zoom app');
  await connect(theirs, LICENSED);
  await officer.close();
});

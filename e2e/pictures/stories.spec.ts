// The demo's pages, in the order people meet them, each as it is left by what was done before.
import { app, appState, book, connect, day, disconnect, fill, linkReady, meeting } from '../support/steps.ts';
import { expect, person, signedOut, test, type Page } from '../support/test.ts';
import { BLOCKED, installedApps, LICENSED, signInAtZoom } from '../support/zoom.ts';
import { path, photograph } from './photograph.ts';

test.use({ world: 'pictures', who: 'officer' });

test('before signing in', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.url, storageState: signedOut });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await photograph(page, 'sign-in');
  await page.goto('/settings/apps');
  await page.locator('input[name="email"]').fill('mara@halden.example');
  await page.locator('input[name="password"]').fill('wrong');
  await page.locator('input[name="password"]').press('Enter');
  await expect(page.locator('.banner.bad')).toBeVisible();
  await photograph(page, 'sign-in-refused');
  for (const name of ['zoom/guide', 'zoom/test-plan', 'privacy', 'terms', 'styleguide']) {
    await page.goto(`/${name}`);
    await photograph(page, name.replace('zoom/', ''));
  }
  await page.goto('/no-such-page');
  await photograph(page, 'not-found-signed-out');
  await context.close();
});

test('without Zoom', async ({ page }) => {
  await page.goto('/');
  await photograph(page, 'home-no-zoom');
  await page.goto('/bookings');
  await photograph(page, 'my-bookings');
  await page.goto('/bookings/new');
  await photograph(page, 'form-no-zoom');
  await page.goto('/settings/apps');
  await photograph(page, 'apps-not-connected');
  await page.goto('/zoom_callback?error=access_denied');
  await photograph(page, 'zoom-error');
  await page.goto('/settings/apps');
  await app(page)
    .getByRole('button', { name: /^Connect/ })
    .click();
  await signInAtZoom(page, BLOCKED);
  await photograph(page, 'sim-not-approved');
  await page.goto('/settings/apps/zoom/not-approved');
  await photograph(page, 'zoom-not-approved');
});

test('who may not connect', async ({ browser, demo, session }) => {
  const context = await browser.newContext({
    baseURL: demo.url,
    storageState: await session(person(demo, 'unpermitted')),
  });
  const page = await context.newPage();
  await page.goto('/settings/apps');
  await photograph(page, 'apps-not-permitted');
  await page.goto('/');
  await photograph(page, 'home-not-permitted');
  await page.goto('/admin/rooms');
  await photograph(page, 'forbidden');
  await page.goto('/bookings/bk_nothing');
  await photograph(page, 'not-found');
  await context.close();
});

test('Connect Apps, connected', async ({ page }) => {
  await page.goto('/settings/apps');
  await app(page)
    .getByRole('button', { name: /^Connect/ })
    .click();
  await signInAtZoom(page, LICENSED);
  await photograph(page, 'sim-consent');
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await expect(page.locator('main')).toContainText('Connected');
  await photograph(page, 'apps-connected-just-now');
});

test('Home', async ({ page }) => {
  await page.goto('/');
  await photograph(page, 'home');
  await photograph(page, 'home-fold', { fullPage: false });
  await page.goto('/?hours=all');
  await photograph(page, 'home-all-hours');
  await page.goto(`/?date=${day(3)}`);
  await photograph(page, 'home-other-day');
  await page.goto('/?capacity=9999');
  await photograph(page, 'home-no-fit');
  await page.goto('/');
  await page.keyboard.press('?');
  await photograph(page, 'keys', { fullPage: false });
});

test('the small card', async ({ page }) => {
  await page.goto(`/?date=${day(2)}`);
  await page.locator('.free a').nth(4).focus();
  for (const key of ['ArrowRight', 'ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowRight']) await page.keyboard.press(key);
  await photograph(page, 'day-keyboard');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByLabel('People').fill('guest@halden.example,jonas@halden.example,');
  await photograph(page, 'day-card', { fullPage: false });
});

test('finding a room', async ({ page }) => {
  await page.goto(`/find?date=${day(2)}&start=10:00&minutes=60&capacity=4`);
  await photograph(page, 'find');
  await page.goto(`/find?date=${day(2)}&start=10:00&minutes=60&capacity=9000`);
  await photograph(page, 'find-none');
  await page.goto(`/find?date=2020-01-01&start=10:00&minutes=60`);
  await photograph(page, 'find-wrong');
});

test('the booking form', async ({ page }) => {
  await page.goto('/bookings/new');
  await photograph(page, 'form');
  await fill(page, { title: '', date: day(35), start: '15:00', end: '14:00', invitees: 'guest@halden.example, nobody,' });
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.locator('#summary')).toBeVisible();
  await photograph(page, 'form-wrong');
  const slot = { date: day(36), start: '09:00', end: '10:00' };
  await book(page, { title: 'Coating review', ...slot });
  await page.goto('/bookings/new');
  await fill(page, { title: 'Glare test', ...slot });
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.locator('#summary')).toBeVisible();
  await photograph(page, 'form-taken');
});

/** Connects Zoom, unless it is. */
async function connected(page: Page): Promise<void> {
  await page.goto('/settings/apps');
  if ((await appState(page).innerText()) !== 'Connected') await connect(page, LICENSED);
}

test('a booking and its lives', async ({ page, zoom }) => {
  await connected(page);
  const at = await book(page, {
    title: 'Coating review with the people from Porto',
    date: day(20),
    start: '10:00',
    end: '11:00',
    invitees: 'guest@halden.example, someone.with.a.long.name@subsidiary.halden.example',
    zoom: true,
  });
  await linkReady(page);
  await page.goto(at);
  await photograph(page, 'booking');
  await page.getByRole('link', { name: 'Change' }).click();
  await photograph(page, 'form-change');

  await zoom.fault('create', 'drop-before', 20);
  await book(page, { title: 'Link under way', date: day(21), start: '10:00', end: '11:00', zoom: true });
  await photograph(page, 'booking-pending');

  await page.goto(at);
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Cancelled');
  await photograph(page, 'booking-cancelled-toast', { fullPage: false });
  await page.goto(at);
  await photograph(page, 'booking-cancelled');
  await page.goto('/bookings');
  await photograph(page, 'my-bookings-full');
});

test("somebody else's booking", async ({ page, browser, demo, session }) => {
  const at = await book(page, { title: 'Not yours', date: day(24), start: '10:00', end: '11:00' });
  const context = await browser.newContext({ baseURL: demo.url, storageState: await session(person(demo, 'admin')) });
  const other = await context.newPage();
  await other.goto(at);
  await photograph(other, 'booking-of-another');
  await context.close();
});

test('Connect Apps, ended', async ({ page, zoom }) => {
  await connected(page);
  await page.request.post(new URL('/console/faults/removal', zoom.url).href);
  const kept = await book(page, { title: 'Kept link', date: day(22), start: '10:00', end: '10:30', zoom: true });
  await linkReady(page);
  await page.goto('/settings/apps');
  for (const fold of await page.locator('details').all()) await fold.evaluate((part) => part.setAttribute('open', ''));
  await photograph(page, 'apps-connected-open');
  await disconnect(page);
  await photograph(page, 'apps-inactive');
  await page.goto(kept);
  await photograph(page, 'booking-detached');
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Cancelled');
  await photograph(page, 'booking-detached-cancelled');
  await connect(page, LICENSED);
  await zoom.fault('create', 'status', 3, 400);
  await book(page, { title: 'No link', date: day(23), start: '12:00', end: '12:30', zoom: true });
  await expect(meeting(page).locator('.state.bad, .state.warn')).toBeVisible();
  await photograph(page, 'booking-failed');
  await page.request.post(new URL('/console/faults/removal', zoom.url).href);
  await installedApps(page, zoom, LICENSED);
  await page.getByRole('button', { name: /^Remove/ }).click();
  await expect(async () => {
    await page.goto('/settings/apps');
    await expect(page.locator('main')).toContainText('Removed in Zoom', { timeout: 500 });
  }).toPass();
  await photograph(page, 'apps-removed');
  await page.goto('/');
  await photograph(page, 'home-notice');
  await page.goto(zoom.url);
  await photograph(page, 'sim-front');
  await page.getByRole('link', { name: 'Add' }).click();
  await signInAtZoom(page, LICENSED);
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await photograph(page, 'zoom-one-more-step');
});

test('settings', async ({ page }) => {
  await page.goto('/settings');
  await photograph(page, 'settings');
  await page.goto('/settings/tokens');
  await photograph(page, 'settings-tokens-none');
  await page.getByLabel('What it is for').fill('Lobby display');
  await page.getByRole('button', { name: 'Make token' }).click();
  await photograph(page, 'settings-tokens');
  await page.goto('/settings/devices');
  await photograph(page, 'settings-devices');
});

test.describe('admin', () => {
  test.use({ who: 'admin' });

  test('the pages of an admin', async ({ page, browser, demo }) => {
    for (const name of ['rooms', 'rooms/new', 'sites', 'sites/new', 'people', 'company', 'health']) {
      await page.goto(`/admin/${name}`);
      await photograph(page, `admin-${name.replace('/', '-')}`);
    }
    await page.goto('/admin/rooms');
    await page.getByRole('link', { name: 'Ginkgo' }).click();
    await photograph(page, 'admin-room');
    await page.goto('/admin/rooms/new');
    await page.getByLabel('Name on the door').fill('Aster');
    await page.getByLabel('Seats').fill('0');
    await page.locator('form').evaluateAll((forms) => forms.forEach((form) => ((form as HTMLFormElement).noValidate = true)));
    await page.getByRole('button', { name: 'Add room' }).click();
    await photograph(page, 'admin-room-wrong');
    await page.goto('/admin/sites');
    await page.getByRole('link', { name: 'Porto' }).click();
    await photograph(page, 'admin-site');
    await page.goto('/admin/people');
    await page.getByLabel('Name').fill('Pia Sommer');
    await page.getByLabel('Work mail').fill('pia.sommer@halden.example');
    await page.getByRole('button', { name: 'Send invitation' }).click();
    await photograph(page, 'admin-people-invited');
    const link = await page.locator('.token-line code').innerText();
    await page.getByRole('link', { name: 'Mara Lindqvist' }).first().click();
    await photograph(page, 'admin-person');
    const context = await browser.newContext({ baseURL: demo.url, storageState: signedOut });
    const theirs = await context.newPage();
    await theirs.goto(link);
    await photograph(theirs, 'invitation');
    await theirs.goto('/invitations/nothing');
    await photograph(theirs, 'invitation-ended');
    await context.close();
  });
});

test('other ways to see it', async ({ page, browser, demo, session }) => {
  const state = await session(person(demo, 'officer'));
  const pages = ['/', '/bookings/new', '/settings/apps', '/bookings'];
  const name = (at: string) => at.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'home';
  // A window of 1440 px at 200 %, one of 640 at 200 %, and colours the reader forces.
  for (const [way, options] of [
    ['zoomed', { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 }],
    ['zoomed-small', { viewport: { width: 320, height: 450 }, deviceScaleFactor: 2 }],
    ['forced', { forcedColors: 'active', colorScheme: 'dark' }],
    ['contrast', { contrast: 'more' }],
  ] as const) {
    const context = await browser.newContext({ baseURL: demo.url, storageState: state, ...options });
    const seen = await context.newPage();
    for (const at of pages) {
      await seen.goto(at);
      await seen.screenshot({ path: path(`${way}-${name(at)}`), fullPage: true });
    }
    await context.close();
  }
  await page.goto(`/?date=${day(2)}`);
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 1050, height: 740 });
  await page.screenshot({ path: path('print-day'), fullPage: true });
  await page.pdf({ path: path('print-day').replace('png', 'pdf'), format: 'A4', landscape: true });
});

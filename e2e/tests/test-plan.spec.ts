// The reviewer test plan (/zoom/test-plan), case by case and in its order: each begins where the one before ended.
import { calendar, instant } from '../support/calendar.ts';
import { app, appState, book, booked, connect, day, disconnect, fact, fill, linkReady, meeting } from '../support/steps.ts';
import { expect, inspect, test } from '../support/test.ts';
import { answerZoom, BLOCKED, installedApps, LICENSED, SCOPES, signInAtZoom } from '../support/zoom.ts';

test.use({ world: 'test plan', who: 'officer' });
test.describe.configure({ mode: 'serial' });

/** The booking that one case hands to the next. */
let handed = { path: '', meetingId: '', uid: '' };

test('T1 authorize: connect, allow, connected', async ({ page, demo }) => {
  const answers: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/zoom_callback') answers.push(request.url());
  });

  await page.goto('/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Connect Apps' }).click();
  await expect(appState(page)).toHaveText('Not connected');
  await expect(app(page).locator('.permits code')).toHaveText(SCOPES);
  await inspect(page, 'apps-not-connected');

  await app(page).getByRole('button', { name: 'Connect Zoom Meeting' }).click();
  await signInAtZoom(page, LICENSED);
  await expect(page.locator('.scopes code')).toHaveText(SCOPES);
  await expect(page.locator('main')).toContainText('sent, comes back as it is');
  await expect(page.locator('main')).toContainText('S256');
  await answerZoom(page, LICENSED, 'Allow');

  await expect(appState(page)).toHaveText('Connected');
  await expect(app(page).locator('dt:text-is("Account") + dd')).toContainText(LICENSED);
  await expect(app(page).locator('.events li').first()).toContainText(`Connected by you, as ${LICENSED}`);
  expect(answers).toHaveLength(1);
  expect(page.url().startsWith(`${demo.url}/settings/apps`)).toBe(true);
  expect(page.url()).not.toMatch(/code|state|token/);
  await inspect(page, 'apps-connected', { pictures: true });
});

test('T2 deny: nothing is stored, and the button is offered again', async ({ page, zoom }) => {
  await disconnect(page);
  const before = (await zoom.calls()).length;
  await app(page)
    .getByRole('button', { name: /^Connect/ })
    .click();
  await answerZoom(page, LICENSED, 'Decline');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You chose Decline in Zoom');
  await expect(page.locator('.lead')).toHaveText('Nothing was connected and nothing was stored.');
  await expect(page.getByRole('button', { name: 'Connect Zoom Meeting' })).toBeVisible();
  expect((await zoom.calls()).slice(before)).not.toContain('POST /oauth/token');
  await inspect(page, 'zoom-declined');
  await page.goto('/settings/apps');
  await expect(appState(page)).toHaveText('Inactive');
});

test('T2 deny: the Zoom administrator has not approved the app, and we are not told', async ({ page, zoom }) => {
  await page.goto('/settings/apps');
  const before = (await zoom.calls()).length;
  await app(page)
    .getByRole('button', { name: /^Connect/ })
    .click();
  await signInAtZoom(page, BLOCKED);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^You cannot authorize/);
  expect((await zoom.calls()).slice(before)).not.toContain('POST /oauth/token');

  await page.goto('/settings/apps');
  await expect(appState(page)).toHaveText('Inactive');
  await page.getByText('Nothing happened after Connect?').click();
  await page.getByRole('link', { name: 'What to send to your Zoom administrator' }).click();
  await expect(page.locator('.letter')).toContainText('Can you approve the app for our Zoom account?');
  await inspect(page, 'zoom-not-approved');
});

test('T3 create: one click on a card books a room, and the link comes by itself', async ({ page, zoom }) => {
  await connect(page, LICENSED);
  await page.goto('/');
  const card = page.locator('.now-card').first();
  const room = await card.getByRole('heading').innerText();
  await inspect(page, 'home', { pictures: true });

  await page.evaluate(() => Object.assign(window, { still: 'the same page' }));
  await card.getByRole('button', { name: 'with Zoom' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Confirmed');
  const begun = Date.now();
  const id = await linkReady(page);
  const waited = Date.now() - begun;
  test.info().annotations.push({ type: 'link after', description: `${waited} ms` });
  expect(waited, 'milliseconds until the link was there').toBeLessThan(3000);
  expect(await page.evaluate(() => (window as { still?: string }).still)).toBe('the same page');
  await expect(page).toHaveURL(/\/bookings\/bk_\w+$/);

  const held = await zoom.meeting(id);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(held.topic);
  await expect(page.locator('.facts-list')).toContainText(room);
  const [start, end] = await page.locator('.big time').evaluateAll((times) => times.map((time) => (time as HTMLTimeElement).dateTime));
  expect(Date.parse(held.start_time)).toBe(Date.parse(start ?? ''));
  expect(held.duration * 60_000).toBe(Date.parse(end ?? '') - Date.parse(start ?? ''));
  expect(await zoom.held(held.topic)).toHaveLength(1);
  await expect(fact(page, 'Passcode')).toContainText(held.password);
  await expect(fact(page, 'Host')).toHaveText(LICENSED);
  await expect(fact(page, 'Link').getByRole('link')).toHaveAttribute('href', new RegExp(`/j/${held.id}\\b`));
  await inspect(page, 'booking', { pictures: true });

  const file = await calendar(page);
  expect(file.get('SUMMARY')).toBe(held.topic);
  expect(file.get('STATUS')).toBe('CONFIRMED');
  expect(file.get('DTSTART')).toBe(instant(start ?? ''));
  expect(file.get('DTEND')).toBe(instant(end ?? ''));
  expect(file.get('DESCRIPTION')).toContain(`/j/${held.id}`);

  await meeting(page).getByRole('link', { name: 'Join Zoom meeting' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(held.topic);
});

test('T3 create: a time chosen in the form, with Zoom', async ({ page, zoom }) => {
  const path = await book(page, { title: 'Coating review', date: day(20), start: '10:00', end: '11:00', zoom: true });
  const meetingId = await linkReady(page);
  const [held, ...more] = await zoom.held('Coating review');
  expect(more).toEqual([]);
  expect(held?.duration).toBe(60);
  const file = await calendar(page);
  expect(file.get('SEQUENCE')).toBe('0');
  handed = { path, meetingId, uid: file.get('UID') ?? '' };
});

test('T4 change: the meeting follows the booking', async ({ page, zoom }) => {
  const before = await zoom.meeting(handed.meetingId);
  await page.goto(handed.path);
  await page.getByRole('link', { name: 'Change' }).click();
  await expect(page.getByLabel('Title')).toHaveValue('Coating review');
  await inspect(page, 'booking-change');
  await fill(page, { title: 'Coating review, part two', date: day(20), start: '10:30', end: '11:30' });
  await page.getByRole('button', { name: 'Save' }).click();
  await booked(page, 'Coating review, part two');
  await expect(page.locator('.big')).toHaveText('10:30–11:30');

  await expect.poll(async () => (await zoom.meeting(handed.meetingId)).topic).toBe('Coating review, part two');
  const after = await zoom.meeting(handed.meetingId);
  expect(Date.parse(after.start_time) - Date.parse(before.start_time)).toBe(30 * 60_000);
  expect(await linkReady(page)).toBe(handed.meetingId);
  const file = await calendar(page);
  expect(file.get('UID')).toBe(handed.uid);
  expect(Number(file.get('SEQUENCE'))).toBeGreaterThan(0);
});

test('T5 cancel: the meeting goes, and Undo books again', async ({ page, zoom }) => {
  await page.goto(handed.path);
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Cancelled');
  await expect(page.getByRole('heading', { level: 1 }).locator('s')).toHaveText('Coating review, part two');
  await page.getByRole('button', { name: 'Undo' }).click();
  const path = await booked(page, 'Coating review, part two');
  expect(path).not.toBe(handed.path);
  const again = await linkReady(page);
  await expect.poll(() => zoom.held('Coating review, part two')).toHaveLength(1);
  expect((await zoom.meeting(again)).deleted_at).toBeNull();
  expect((await zoom.meeting(handed.meetingId)).deleted_at).not.toBeNull();

  await page.goto(handed.path);
  await expect(page.locator('.lead-state')).toHaveText('Cancelled');
  await expect(meeting(page).locator('.state')).toHaveText('Zoom meeting removed');
  await inspect(page, 'booking-cancelled');
  const file = await calendar(page);
  expect(file.get('UID')).toBe(handed.uid);
  expect(file.get('STATUS')).toBe('CANCELLED');
});

test('T6 disconnect: access ends, the link stays', async ({ page, zoom }) => {
  const path = await book(page, { title: 'Kept link', date: day(21), start: '10:00', end: '10:30', zoom: true });
  const id = await linkReady(page);
  await page.goto('/settings/apps');
  await expect(app(page).locator('.leave').getByRole('link', { name: 'Kept link', includeHidden: true })).toHaveAttribute('href', path);
  await inspect(page, 'apps-disconnect');
  await app(page).getByRole('button', { name: 'Disconnect' }).click();
  await expect(appState(page)).toHaveText('Inactive');
  await expect(app(page).locator('.banner')).toContainText(/Disconnected by you, .*\d\d:\d\d/);
  await expect(app(page).locator('.events li').first()).toContainText('Disconnected by you');
  await inspect(page, 'apps-inactive');

  await installedApps(page, zoom, LICENSED);
  await expect(page.locator('main')).toContainText('No app may use this Zoom account.');

  await page.goto(path);
  await expect(page.locator('.lead-state')).toHaveText('Confirmed');
  await expect(meeting(page).locator('.state')).toHaveText('Link kept, no longer managed here');
  expect(await linkReady(page)).toBe(id);
  const held = await zoom.meeting(id);
  expect(held.deleted_at).toBeNull();
  expect(held.changes).toEqual([]);
  await inspect(page, 'booking-detached');

  await page.goto('/bookings/new');
  await expect(page.getByRole('radio', { name: 'Zoom meeting' })).toBeDisabled();
  await expect(page.locator('#zoom-why')).toContainText(/not connected/i);
  await expect(page.locator('#zoom-why').getByRole('link')).toHaveAttribute('href', /^\/settings\/apps/);
  await inspect(page, 'form-without-zoom');
  await page.goto('/');
  await expect(page.locator('.now-card').first().getByRole('button', { name: 'with Zoom' })).toBeDisabled();
  handed = { ...handed, path, meetingId: id };
});

test('T7 cancel after disconnecting: the meeting is left as it is, and the page says so', async ({ page, zoom }) => {
  await page.goto(handed.path);
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Cancelled');
  await expect(meeting(page)).toContainText(/still in Zoom. Its host deletes it there/);
  expect((await zoom.meeting(handed.meetingId)).deleted_at).toBeNull();
});

test('T8 de-authorize: removed in Zoom, and a signed message tells us', async ({ page, zoom }) => {
  await connect(page, LICENSED);
  const path = await book(page, { title: 'Removed in Zoom', date: day(23), start: '10:00', end: '10:30', zoom: true });
  const id = await linkReady(page);

  await installedApps(page, zoom, LICENSED);
  await page.getByRole('button', { name: /^Remove/ }).click();
  await expect(page.locator('main')).toContainText('No app may use this Zoom account.');
  const told = async () => (await zoom.webhooks()).filter(({ event }) => event === 'app_deauthorized').at(-1)?.state;
  await expect.poll(told).toBe('Delivered');

  await expect(async () => {
    await page.goto('/settings/apps');
    await expect(appState(page)).toHaveText('Inactive', { timeout: 500 });
  }).toPass();
  await expect(app(page).locator('.banner')).toContainText(/Removed in Zoom, .*\d\d:\d\d/);
  await expect(app(page).locator('.events li').first()).toContainText('Removed in Zoom');
  await inspect(page, 'apps-removed', { pictures: true });

  await page.goto('/');
  await expect(page.locator('.notice-strip')).toContainText(/Zoom/);
  await inspect(page, 'home-notice');
  await page.locator('.notice-strip').getByRole('button', { name: /^Seen/ }).click();
  await expect(page.locator('.notice-strip')).toHaveCount(0);

  await page.goto(path);
  await expect(meeting(page).locator('.state')).toHaveText('Link kept, no longer managed here');
  expect(await linkReady(page)).toBe(id);
});

test('T9 begun in the Marketplace: one more step, then connected', async ({ page, zoom }) => {
  await page.goto(zoom.url);
  await page.getByRole('link', { name: 'Add' }).click();
  await answerZoom(page, LICENSED, 'Allow');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('One more step');
  await inspect(page, 'zoom-one-more-step');
  await page.getByRole('button', { name: 'Connect Zoom Meeting' }).click();
  await answerZoom(page, LICENSED, 'Allow');
  await expect(appState(page)).toHaveText('Connected');
});

test('T10 a lost answer: the meeting that was made is adopted', async ({ page, zoom }) => {
  await zoom.fault('create', 'drop-after', 1);
  await book(page, { title: 'Lost answer', date: day(24), start: '10:00', end: '10:30', zoom: true });
  await expect(meeting(page).locator('.state')).toHaveText('Zoom link is being made');
  await inspect(page, 'booking-pending');
  const join = meeting(page).getByRole('link', { name: 'Join Zoom meeting' });
  await expect(join).toBeVisible({ timeout: 40_000 });
  const id = await linkReady(page);
  const held = await zoom.held('Lost answer');
  expect(held.map((one) => String(one.id))).toEqual([id.replace(/\s/g, '')]);
  expect(await zoom.calls()).toContain('GET /v2/users/me/meetings');
});

test('T11 disconnect and remove the links: the meeting is deleted, the room stays', async ({ page, zoom }) => {
  await page.goto('/settings/apps');
  if ((await appState(page).textContent()) !== 'Connected') await connect(page, LICENSED);
  const path = await book(page, { title: 'Removed link', date: day(25), start: '10:00', end: '10:30', zoom: true });
  const id = await linkReady(page);
  await page.goto('/settings/apps');
  await app(page).getByRole('radio', { name: 'Remove the links' }).check();
  await app(page).getByRole('button', { name: 'Disconnect' }).click();
  await expect(appState(page)).toHaveText('Inactive');
  await expect.poll(async () => (await zoom.meeting(id)).deleted_at).not.toBeNull();
  await page.goto(path);
  await expect(page.locator('.lead-state')).toHaveText('Confirmed');
  await expect(page.locator('main')).toContainText('Room only');
  await expect(async () => {
    await installedApps(page, zoom, LICENSED);
    await expect(page.locator('main')).toContainText('No app may use this Zoom account.', { timeout: 500 });
  }).toPass();
});

test('T12 changed in Zoom: the room stays as booked, and ours is restored', async ({ page, zoom }) => {
  await connect(page, LICENSED);
  const path = await book(page, { title: 'Moved in Zoom', date: day(26), start: '10:00', end: '10:30', zoom: true });
  const id = await linkReady(page);
  const { start_time: before } = await zoom.meeting(id);
  await zoom.change(id, { start_time: new Date(Date.parse(before) + 30 * 60_000).toISOString().replace('.000', '') });
  const differs = meeting(page).locator('#differs');
  await expect(differs).toContainText('The room stays as booked.');
  await page.goto('/');
  await expect(page.locator('.notice-strip')).toContainText('Moved in Zoom');
  await page.goto(path);
  await differs.getByRole('button', { name: 'Restore ours' }).click();
  await expect(differs).toHaveCount(0);
  await expect.poll(async () => (await zoom.meeting(id)).start_time).toBe(before);
});

test('the test plan says what was just walked', async ({ page }) => {
  await page.goto('/zoom/test-plan');
  await expect(page.locator('.case h3')).toHaveText([
    /^T1\. Authorize/,
    /^T2\. Deny/,
    /^T3\. Create/,
    /^T4\. Change/,
    /^T5\. Cancel/,
    /^T6\. Disconnect/,
    /^T7\. Cancel after disconnecting/,
    /^T8\. De-authorize/,
    /^T9\. Begin in the Marketplace/,
    /^T10\. A lost answer/,
    /^T11\. Disconnect and remove the links/,
    /^T12\. Change the meeting in Zoom/,
  ]);
});

// A server on an empty database: the first run, no rooms, one room, and two hundred.
import type { Page } from '@playwright/test';
import { day } from '../support/steps.ts';
import { expect, signedOut, test } from '../support/test.ts';
import { startOffice, type Office } from './office.ts';
import { photograph } from './photograph.ts';

test.describe.configure({ mode: 'serial' });
test.use({ storageState: signedOut });

let office: Office;
test.beforeAll(async () => {
  office = await startOffice();
});
test.afterAll(() => office.stop());

const ADMIN = 'ada@long.example';
const PASSWORD = 'three unrelated words';
const LONG = 'The room with the very long name that somebody gave it in the year before last';

async function signIn(page: Page): Promise<void> {
  await page.goto(`${office.url}/sign-in`);
  await page.locator('input[name="email"]').fill(ADMIN);
  await page.locator('input[name="password"]').fill(PASSWORD);
  await page.locator('input[name="password"]').press('Enter');
  await expect(page).not.toHaveURL(/sign-in/);
}

async function api<Answer>(path: string, token: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${office.url}/api/v1/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

test('the first run', async ({ page }) => {
  await page.goto(`${office.url}/set-up`);
  await photograph(page, 'set-up');
  await page.locator('form').evaluateAll((forms) => forms.forEach((form) => ((form as HTMLFormElement).noValidate = true)));
  await page.getByLabel('One-time code').fill('guess');
  await page.getByRole('button', { name: 'Open the first day' }).click();
  await photograph(page, 'set-up-wrong');
});

test('no room', async ({ page }) => {
  const company = ['company', 'add', '--name', 'Long & Sons', '--time-zone', 'Europe/Zurich', '--admin', ADMIN];
  await office.run([...company, '--password-stdin'], `${PASSWORD}\n`);
  await signIn(page);
  for (const at of ['', 'find', 'bookings', 'bookings/new', 'admin/rooms', 'admin/people', 'admin/health', 'settings/apps']) {
    await page.goto(`${office.url}/${at}`);
    await photograph(page, `empty-${at.replace('/', '-') || 'home'}`);
  }
});

test('one room', async ({ page }) => {
  const token = await office.run(['token', 'issue', '--email', ADMIN, '--name', 'Pictures']);
  const { items } = await api<{ items: { id: string }[] }>('sites', token);
  await api('rooms', token, { site_id: items[0]?.id, name: 'Aster', capacity: 6, equipment: ['screen'] });
  await signIn(page);
  await page.goto(office.url);
  await photograph(page, 'one-room-home');
});

test('two hundred rooms, long names and a full day', async ({ page }) => {
  const token = await office.run(['token', 'issue', '--email', ADMIN, '--name', 'More']);
  const { items } = await api<{ items: { id: string }[] }>('sites', token);
  const rooms: { id: string }[] = [];
  for (let nth = 1; nth < 200; nth += 1) {
    const name = nth % 20 === 1 ? `${LONG} ${nth}`.slice(0, 80) : `Room ${String(nth).padStart(3, '0')}`;
    const equipment = nth % 3 ? ['screen', 'camera'] : ['screen', 'camera', 'whiteboard', 'phone', 'hearing loop'];
    rooms.push(await api('rooms', token, { site_id: items[0]?.id, name, capacity: (nth % 40) + 1, equipment }));
  }
  for (const [nth, room] of rooms.slice(0, 12).entries()) {
    for (let hour = 6; hour < 18; hour += 1) {
      const minutes = nth % 2 ? '30' : '55';
      await api('bookings', token, {
        room_id: room.id,
        title: hour % 3 ? LONG.slice(0, 80) : 'Sync',
        starts_at: `${day(5)}T${String(hour).padStart(2, '0')}:00:00Z`,
        ends_at: `${day(5)}T${String(hour).padStart(2, '0')}:${minutes}:00Z`,
        conference: null,
        invitees: [],
      });
    }
  }
  await signIn(page);
  for (const [name, at] of [
    ['huge-home', ''],
    ['huge-day', `?date=${day(5)}`],
    ['huge-find', `find?date=${day(5)}&start=10:00&minutes=60`],
    ['huge-form', 'bookings/new'],
    ['huge-admin-rooms', 'admin/rooms'],
    ['huge-my-bookings', 'bookings'],
  ] as const) {
    await page.goto(`${office.url}/${at}`);
    await photograph(page, name, { fullPage: false });
  }
});

import { expect, type Locator, type Page } from '@playwright/test';
import { answerZoom } from './zoom.ts';

/** A booking as the form takes it. */
export interface Wish {
  title: string;
  /** The visible beginning of a room's name in the list; the first room if left out. */
  room?: string;
  date: string;
  start: string;
  end: string;
  zoom?: boolean;
  invitees?: string;
}

/** The day so many working days ahead, as a date field takes it; each number is another day. */
export function day(ahead: number): string {
  const at = new Date();
  for (let left = ahead; left > 0; ) {
    at.setUTCDate(at.getUTCDate() + 1);
    if (at.getUTCDay() % 6 !== 0) left -= 1;
  }
  return at.toISOString().slice(0, 10);
}

/** Types a booking into the form. */
export async function fill(page: Page, wish: Wish): Promise<void> {
  await page.getByLabel('Title').fill(wish.title);
  await page.getByLabel('Day', { exact: true }).fill(wish.date);
  await page.getByLabel('From', { exact: true }).fill(wish.start);
  await page.getByLabel('Until', { exact: true }).fill(wish.end);
  const rooms = page.getByLabel('Room', { exact: true });
  if (wish.room) {
    const option = rooms.locator('option', { hasText: new RegExp(`^\\s*${wish.room}\\b`) });
    await rooms.selectOption((await option.first().getAttribute('value')) ?? '');
  }
  if (wish.invitees) await page.getByLabel('People').fill(wish.invitees);
  if (wish.zoom !== undefined) {
    await page.getByRole('radio', { name: wish.zoom ? 'Zoom meeting' : 'Room only' }).check();
  }
}

/** Books through the form, and waits for the booking's page; answers its path. */
export async function book(page: Page, wish: Wish): Promise<string> {
  await page.goto('/bookings/new');
  await fill(page, wish);
  await page.getByRole('button', { name: /^Book/ }).click();
  return booked(page, wish.title);
}

/** Waits for the page of a booking that has just been made or changed; answers its path. */
export async function booked(page: Page, title: string): Promise<string> {
  await expect(page).toHaveURL(/\/bookings\/bk_\w+(\?done=\w+)?$/);
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await expect(page.locator('.lead-state')).toHaveText('Confirmed');
  return new URL(page.url()).pathname;
}

/** The line of a booking's page that tells about its meeting. */
export function meeting(page: Page): Locator {
  return page.locator('#meeting');
}

/** A fact of the meeting, by the word beside it. */
export function fact(page: Page, word: 'Link' | 'Meeting ID' | 'Passcode' | 'Host'): Locator {
  return meeting(page).locator(`dt:text-is("${word}") + dd`);
}

/** Waits for the link, and answers the meeting's number as it is shown. */
export async function linkReady(page: Page): Promise<string> {
  await expect(meeting(page).getByRole('link', { name: 'Join Zoom meeting' })).toBeVisible();
  const shown = await fact(page, 'Meeting ID').evaluate((cell) => cell.firstChild?.textContent ?? '');
  expect(shown.replace(/\s/g, '')).toMatch(/^\d{10,11}$/);
  return shown;
}

/** The card of Zoom on Connect Apps. */
export function app(page: Page): Locator {
  return page.getByRole('article', { name: 'Zoom Meeting' });
}

/** The state at the end of that card's title. */
export function appState(page: Page): Locator {
  return app(page).locator('header .state');
}

/** Connects Zoom from Connect Apps. */
export async function connect(page: Page, email: string): Promise<void> {
  await page.goto('/settings/apps');
  await app(page)
    .getByRole('button', { name: /^Connect/ })
    .click();
  await answerZoom(page, email, 'Allow');
  await expect(appState(page)).toHaveText('Connected');
}

/** Disconnects Zoom on Connect Apps. */
export async function disconnect(page: Page): Promise<void> {
  await page.goto('/settings/apps');
  await app(page).getByRole('button', { name: 'Disconnect' }).click();
  await expect(appState(page)).toHaveText('Inactive');
}

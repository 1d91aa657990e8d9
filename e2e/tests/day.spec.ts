import { booked, day } from '../support/steps.ts';
import { expect, inspect, test, type Page } from '../support/test.ts';

test.use({ who: 'officer' });

/** The first room's row on a day, and where on the screen an hour of it is. */
async function firstRow(page: Page, date: string) {
  await page.goto(`/?date=${date}`);
  const line = page.locator('day-line');
  const row = line.locator('.tl-line[data-room]').first();
  await row.scrollIntoViewIfNeeded();
  const name = (await row.getAttribute('data-name')) ?? '';
  const from = Number(await line.getAttribute('data-from'));
  const to = Number(await line.getAttribute('data-to'));
  const box = await row.locator('.track').boundingBox();
  if (!box) throw new Error('the first row is not drawn');
  const point = (hour: number) => ({
    x: box.x + ((hour - from) / (to - from)) * box.width,
    y: box.y + box.height / 2,
  });
  return { row, name, point };
}

/** What the small card would send. */
async function wish(page: Page) {
  const value = (name: string) => page.locator(`dialog.quick input[name="${name}"]`).inputValue();
  return { date: await value('date'), start: await value('start'), end: await value('end') };
}

test('a click on free time opens the card, and Book books it', async ({ page }) => {
  const date = day(30);
  const { name, point } = await firstRow(page, date);
  const { x, y } = point(11.1);
  await page.mouse.click(x, y);
  const card = page.getByRole('dialog');
  await expect(card.getByRole('heading')).toHaveText(`${name}, 11:00–11:30`);
  expect(await wish(page)).toEqual({ date, start: '11:00', end: '11:30' });
  await inspect(page, 'day-card');
  await card.getByLabel('Title').fill('Clicked');
  await card.getByRole('button', { name: `Book ${name}` }).click();
  await booked(page, 'Clicked');
  await expect(page.locator('.big')).toHaveText('11:00–11:30');

  await page.goto(`/?date=${date}`);
  await expect(page.locator('.block.mine', { hasText: 'Clicked' })).toBeVisible();
});

test('dragging paints the length, and More takes every word along', async ({ page }) => {
  const date = day(31);
  const { name, point } = await firstRow(page, date);
  const [press, release] = [point(10.05), point(11.9)];
  await page.mouse.move(press.x, press.y);
  await page.mouse.down();
  await page.mouse.move((press.x + release.x) / 2, release.y);
  await page.mouse.move(release.x, release.y);
  await page.mouse.up();
  const card = page.getByRole('dialog');
  await expect(card.getByRole('heading')).toHaveText(`${name}, 10:00–12:00`);
  await expect(card).toContainText('2 h');
  await card.getByLabel('Title').fill('Dragged');
  await card.getByLabel('People').fill('guest@halden.example,');
  await card.getByRole('button', { name: 'More' }).click();

  await expect(page).toHaveURL(/\/bookings\/new/);
  await expect(page.getByLabel('Title')).toHaveValue('Dragged');
  await expect(page.getByLabel('Day', { exact: true })).toHaveValue(date);
  await expect(page.getByLabel('From', { exact: true })).toHaveValue('10:00');
  await expect(page.getByLabel('Until', { exact: true })).toHaveValue('12:00');
  await expect(page.getByLabel('Room', { exact: true }).locator('option:checked')).toContainText(name);
  await expect(page.locator('.chip')).toContainText('guest@halden.example');
  await page.getByRole('button', { name: /^Book/ }).click();
  await booked(page, 'Dragged');
});

test('the keyboard paints and books too, and Escape gives the focus back', async ({ page }) => {
  const date = day(32);
  await page.goto(`/?date=${date}`);
  const gap = page.locator('day-line .free a').first();
  await gap.focus();
  for (let left = 0; left < 2; left += 1) await page.keyboard.press('ArrowRight');
  for (let left = 0; left < 2; left += 1) await page.keyboard.press('Shift+ArrowRight');
  await expect(page.locator('#said')).toContainText(/1 h, free/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByLabel('Title')).toBeFocused();
  const first = await wish(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(gap).toBeFocused();

  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByLabel('Title')).toBeFocused();
  const painted = await wish(page);
  expect(painted.date).toBe(date);
  expect(first.date).toBe(date);
  await page.keyboard.type('Typed');
  await page.keyboard.press('Enter');
  await booked(page, 'Typed');
  await expect(page.locator('.big')).toHaveText(`${painted.start}–${painted.end}`);
});

test('the day turns by its arrows, by key and by date', async ({ page }) => {
  await page.goto(`/?date=${day(33)}`);
  const field = page.getByLabel('Another day');
  await expect(field).toHaveValue(day(33));
  await page.keyboard.press('ArrowRight');
  await expect(field).not.toHaveValue(day(33));
  await page.keyboard.press('ArrowLeft');
  await expect(field).toHaveValue(day(33));
  await page.getByRole('navigation', { name: 'Day' }).getByRole('link', { name: 'Today' }).click();
  await expect(page.getByRole('link', { name: 'Today' })).toHaveAttribute('aria-current', 'date');
  await field.fill(day(40));
  await expect(page).toHaveURL(new RegExp(day(40)));
  await expect(page.locator('day-line')).toHaveAttribute('data-date', day(40));
  await page.goBack();
  await expect(page.locator('day-line')).not.toHaveAttribute('data-date', day(40));
});

test('filters narrow the rooms, and never to an empty page', async ({ page }) => {
  await page.goto(`/?date=${day(34)}`);
  const rooms = page.locator('.tl-line[data-room]');
  const before = await rooms.count();
  await page.getByLabel('Seats').selectOption({ index: 2 });
  await expect.poll(() => rooms.count()).toBeLessThan(before);
  await expect(page).toHaveURL(/capacity=\d+/);
  await page.goto(`/?date=${day(34)}&capacity=9999`);
  await page.getByRole('link', { name: 'Show every room' }).click();
  await expect(rooms).toHaveCount(before);
});

test('keys lead to the form, to the search and to the list of keys', async ({ page }) => {
  await page.goto('/');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Find a room');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('n');
  await expect(page).toHaveURL(/\/bookings\/new/);
});

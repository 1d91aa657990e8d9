import { book, booked, day } from '../support/steps.ts';
import { expect, inspect, test, type Page } from '../support/test.ts';

test.use({ who: 'officer' });

/** The first room's row on a day, and where on the screen an hour of it is. */
async function firstRow(page: Page, date: string) {
  await page.goto(`/?date=${date}`);
  const line = page.locator('day-line');
  const row = line.locator('.tl-line[data-room]').first();
  await row.evaluate((part) => part.scrollIntoView({ block: 'center' }));
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

test('the paint stops where the room is taken, and says why; a grip changes it', async ({ page }) => {
  const date = day(46);
  await book(page, { title: 'In the way', room: 'Aster', date, start: '12:00', end: '13:00' });
  const { name, point } = await firstRow(page, date);
  expect(name).toBe('Aster');
  const [press, release] = [point(11.1), point(12.6)];
  await page.mouse.move(press.x, press.y);
  await page.mouse.down();
  await page.mouse.move(release.x - 20, release.y);
  await page.mouse.move(release.x, release.y);
  await expect(page.locator('.slot .why')).toHaveText('Until 12:00, then In the way');
  await page.mouse.up();
  const card = page.getByRole('dialog');
  await expect(card.getByRole('heading')).toHaveText('Aster, 11:00–12:00');
  await card.getByLabel('Title').fill('Not lost');

  const grip = await page.locator('.slot .grip.from').boundingBox();
  if (!grip) throw new Error('the slot has no grip');
  await page.mouse.move(grip.x + grip.width / 2, press.y);
  await page.mouse.down();
  await page.mouse.move(point(10.5).x, press.y);
  await page.mouse.up();
  await expect(card.getByRole('heading')).toHaveText('Aster, 10:30–12:00');
  await expect(card.getByLabel('Title')).toHaveValue('Not lost');
  expect(await wish(page)).toEqual({ date, start: '10:30', end: '12:00' });
  const slot = await page.locator('.slot').boundingBox();
  const drawn = await card.boundingBox();
  expect(drawn && slot && (drawn.y >= slot.y + slot.height || drawn.y + drawn.height <= slot.y), 'the card beside its slot').toBe(true);
});

test('a room is booked from Home with the keyboard alone', async ({ page }) => {
  await page.goto('/');
  const focused = (selector: string) => page.evaluate((wanted) => Boolean(document.activeElement?.matches(wanted)), selector);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the page' })).toBeFocused();
  await page.keyboard.press('Enter');
  for (let left = 40; left > 0 && !(await focused('day-line .free a')); left -= 1) await page.keyboard.press('Tab');
  expect(await focused('day-line .free a'), 'the timeline is reached with Tab').toBe(true);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Control+ArrowRight');
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Enter');
  const card = page.getByRole('dialog');
  await expect(card.getByLabel('Title')).toBeFocused();
  const painted = await wish(page);
  await page.keyboard.type('By keys alone');
  await page.keyboard.press('Enter');
  await booked(page, 'By keys alone');
  await expect(page.locator('.big')).toHaveText(`${painted.start}–${painted.end}`);
});

test('arrows go over free time and onto bookings, and each move is said', async ({ page }) => {
  const date = day(47);
  await book(page, { title: 'On the way', room: 'Birch', date, start: '09:00', end: '10:00' });
  await page.goto(`/?date=${date}&hours=all`);
  const grid = page.getByRole('grid', { name: /^Rooms and hours/ });
  await expect(grid).toHaveAttribute('aria-colcount', '97');
  await expect(grid.locator('[tabindex="0"]')).toHaveCount(1);
  const row = grid.getByRole('row').filter({ has: page.getByRole('rowheader', { name: /^Birch/ }) });
  const taken = row.getByRole('gridcell').filter({ hasText: 'On the way' });
  await expect(taken).toHaveAttribute('aria-colindex', String(9 * 4 + 2));
  await expect(taken).toHaveAttribute('aria-colspan', '4');

  const said = page.locator('#said');
  await row.getByRole('link').first().focus();
  await page.keyboard.press('ArrowRight');
  await expect(said).toHaveText('Birch, 00:15 to 00:45, 30 min, free');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(said).toHaveText('Birch, 00:15 to 01:00, 45 min, free');
  await page.keyboard.press('End');
  await expect(said).toHaveText('Birch, 23:30 to 00:00, 30 min, free');
  await page.keyboard.press('Home');
  await expect(said).toHaveText('Birch, 00:00 to 00:30, 30 min, free');
  for (let left = 34; left > 0; left -= 1) await page.keyboard.press('ArrowRight');
  await expect(said).toHaveText('Birch, 08:30 to 09:00, 30 min, free');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(said).toHaveText('Birch, 08:30 to 09:00, 30 min, Until 09:00, then On the way');
  await page.keyboard.press('ArrowRight');
  await expect(taken.getByRole('link')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(said).toHaveText('Birch, 10:00 to 10:30, 30 min, free');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowUp');
  await expect(said).toHaveText('Aster, 09:00 to 09:30, 30 min, free');
  await page.keyboard.press('Control+ArrowDown');
  await expect(said).toHaveText('Cedar, 09:00 to 09:30, 30 min, free');
  await page.keyboard.press('ArrowUp');
  await expect(taken.getByRole('link')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(taken.getByRole('link')).not.toBeFocused();
  await expect(page.locator('.slot')).toHaveCount(0);
});

test('Escape closes the card, gives the focus back and forgets no word', async ({ page }) => {
  await page.goto(`/?date=${day(32)}`);
  const gap = page.locator('day-line .free a').first();
  await gap.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  const card = page.getByRole('dialog');
  const first = await wish(page);
  await page.keyboard.type('Half typed');
  await page.keyboard.press('Escape');
  await expect(card).toHaveCount(0);
  await expect(gap).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(card.getByLabel('Title')).toHaveValue('Half typed');
  expect(await wish(page)).toEqual(first);
});

test('an own booking moves by its body and by its end; a refusal offers the nearest time', async ({ page }) => {
  const date = day(50);
  const path = await book(page, { title: 'Moves', room: 'Aster', date, start: '09:00', end: '10:00' });
  await book(page, { title: 'Stands', room: 'Aster', date, start: '13:00', end: '14:00' });
  const { point } = await firstRow(page, date);
  const drag = async (from: number, to: number) => {
    await page.mouse.move(point(from).x, point(from).y);
    await page.mouse.down();
    await page.mouse.move((point(from).x + point(to).x) / 2, point(to).y);
    await page.mouse.move(point(to).x, point(to).y);
    await page.mouse.up();
  };
  await drag(9.5, 11.5);
  const toast = page.locator('#toast');
  await expect(toast).toHaveText('Moved to Aster, 11:00–12:00.');
  const block = page.locator('.block.mine', { hasText: 'Moves' });
  await expect(block).toContainText('11:00 to 12:00');
  await drag(11.97, 12.5);
  await expect(toast).toHaveText('Moved to Aster, 11:00–12:30.');
  await expect(block).toContainText('11:00 to 12:30');

  await drag(11.5, 13.5);
  await expect(toast).toContainText('Somebody has this room then. Free instead:');
  await expect(block).toContainText('11:00 to 12:30');
  const offer = toast.getByRole('button');
  const words = await offer.innerText();
  await offer.click();
  await expect(toast).toHaveText(`Moved to ${words}.`);

  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Moves');
  await expect(page.locator('.big')).toHaveText(/\d\d:\d\d.\d\d:\d\d/.exec(words)?.[0] ?? 'no time');
});

test.describe('with a finger', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test('a tap opens the card as a sheet, and a long press paints', async ({ page }) => {
    const { name, point } = await firstRow(page, day(48));
    const { x, y } = point(9.1);
    await page.touchscreen.tap(x, y);
    const card = page.getByRole('dialog');
    await expect(card.getByRole('heading')).toHaveText(`${name}, 09:00–09:30`);
    const [sheet, slot] = [await card.boundingBox(), await page.locator('.slot').boundingBox()];
    expect(sheet?.x).toBe(0);
    expect(sheet && slot && slot.y + slot.height <= sheet.y, 'the sheet leaves its slot in sight').toBe(true);
    await card.getByRole('button', { name: 'Close' }).tap();
    await expect(card).toHaveCount(0);

    const finger = await page.context().newCDPSession(page);
    const row = await page.locator('day-line [data-room] .track').first().boundingBox();
    const middle = (row?.y ?? 0) + 20;
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: number) =>
      finger.send('Input.dispatchTouchEvent', { type, touchPoints: at === undefined ? [] : [{ x: at, y: middle }] });
    await touch('touchStart', x);
    await expect(page.locator('.slot.painted')).toBeVisible();
    await touch('touchMove', x + 40);
    await touch('touchMove', x + 68);
    await touch('touchEnd');
    await expect(card.getByRole('heading')).toHaveText(`${name}, 09:00–10:15`);
  });
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

test('the day as a plain list, and as a sheet of paper', async ({ page }) => {
  const date = day(49);
  await book(page, { title: 'On paper', room: 'Birch', date, start: '09:00', end: '10:00' });
  await page.goto(`/?date=${date}`);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByText('On paper')).toBeVisible();
  await expect(page.getByRole('heading', { name: /\d/, level: 2 })).toBeVisible();
  for (const screen of ['.top', '.now-strip', '.day-bar', '.foot']) await expect(page.locator(screen)).toBeHidden();
  await page.emulateMedia({ media: null });

  await page.getByRole('link', { name: 'As a list' }).click();
  await expect(page).toHaveURL(/view=list/);
  await expect(page.getByRole('grid')).toHaveCount(0);
  const birch = page.locator('.tl-line[data-name="Birch"]');
  await expect(birch.getByRole('listitem').filter({ hasText: 'On paper' })).toContainText('Birch, 09:00 to 10:00');
  await inspect(page, 'day-list');
  await birch.getByRole('link', { name: /^Birch is free 10:00 to/ }).click();
  await expect(page.getByLabel('From', { exact: true })).toHaveValue('10:00');
  await page.goBack();
  await page.getByRole('link', { name: 'As a timetable' }).click();
  await expect(page.getByRole('grid')).toBeVisible();
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

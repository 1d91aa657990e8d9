import { book, booked, day, fill } from '../support/steps.ts';
import { expect, inspect, test } from '../support/test.ts';

test.use({ who: 'officer' });

test('what is wrong is said, and everything typed stays', async ({ page }) => {
  await page.goto('/bookings/new');
  await inspect(page, 'form', { pictures: true });
  await fill(page, { title: '   ', date: day(35), start: '15:00', end: '14:00', invitees: 'guest@halden.example, nobody,' });
  await page.getByRole('button', { name: /^Book/ }).click();

  const summary = page.locator('#summary');
  await expect(summary).toBeFocused();
  await expect(summary).toContainText('Not booked yet.');
  await expect(summary).toContainText('Everything you typed is still here.');
  await expect(page.getByLabel('Title')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Day', { exact: true })).toHaveValue(day(35));
  await expect(page.getByLabel('From', { exact: true })).toHaveValue('15:00');
  await expect(page.getByLabel('Until', { exact: true })).toHaveValue('14:00');
  await expect(page.locator('.chip')).toHaveCount(2);
  await inspect(page, 'form-wrong');

  await page.getByRole('button', { name: 'Remove nobody' }).click();
  await fill(page, { title: 'Put right', date: day(35), start: '15:00', end: '16:00' });
  await page.getByRole('button', { name: /^Book/ }).click();
  await booked(page, 'Put right');
  await expect(page.locator('.facts-list')).toContainText('guest@halden.example');
});

test('a room that is taken is refused with free times, and one click takes one', async ({ page }) => {
  const slot = { date: day(36), start: '09:00', end: '10:00' };
  await book(page, { title: 'First come', ...slot });
  await page.goto('/bookings/new');
  await fill(page, { title: 'Second come', ...slot });
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.locator('#summary')).toContainText('Not booked yet.');
  await expect(page.getByLabel('Title')).toHaveValue('Second come');
  const others = page.locator('button[name="take"]');
  await expect(others.first()).toBeVisible();
  await inspect(page, 'form-taken');
  const words = await others.first().innerText();
  const time = /\d\d:\d\d.\d\d:\d\d/.exec(words)?.[0] ?? 'no time';
  await others.first().click();
  await booked(page, 'Second come');
  await expect(page.locator('.big')).toHaveText(time);
});

test('what is typed while the form looks who hosts stays where it is typed', async ({ page }) => {
  await page.goto('/bookings/new');
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.locator('#conference').evaluate((part) => part.classList.add('before'));
  await page.route('**/bookings', async (route) => {
    await held;
    await route.continue();
  });
  await page.getByLabel('Until', { exact: true }).fill('23:45');
  await page.getByLabel('Title').focus();
  await page.keyboard.type('Half a ti');
  answer();
  await expect(page.locator('#conference.before')).toHaveCount(0);
  await page.keyboard.type('tle');
  await expect(page.getByLabel('Title')).toBeFocused();
  await expect(page.getByLabel('Title')).toHaveValue('Half a title');
});

test('the form keeps to the room and the time that are chosen', async ({ page }) => {
  await page.goto('/bookings/new');
  await page.getByLabel('Room', { exact: true }).selectOption({ label: 'Cedar, 4 seats, screen' });
  await expect(page.getByRole('button', { name: 'Book Cedar' })).toBeVisible();
  await page.getByLabel('From', { exact: true }).fill('09:00');
  await page.getByLabel('Until', { exact: true }).fill('11:15');
  await expect(page.locator('#length')).toContainText('2 hours 15 min');
  await page.getByLabel('Title').fill('Straight after a change');
  await page.getByLabel('Day', { exact: true }).fill(day(37));
  // Pressed while the answer replaces its words.
  await page.getByRole('button', { name: 'Book Cedar' }).click();
  await booked(page, 'Straight after a change');
});

test('a title is text, whatever it looks like', async ({ page }) => {
  const title = '<img src=x onerror=alert(1)> & "quotes"';
  const path = await book(page, { title, date: day(37), start: '09:00', end: '09:30' });
  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await page.goto('/bookings');
  await expect(page.getByRole('link', { name: title })).toBeVisible();
});

test('times that nobody can keep are refused with their reason', async ({ page }) => {
  await page.goto('/bookings/new');
  for (const [date, start, end] of [
    ['2020-01-01', '09:00', '10:00'],
    [day(38), '09:00', '09:00'],
    [day(900), '09:00', '10:00'],
  ] as const) {
    await fill(page, { title: 'Not like this', date, start, end });
    await page.getByRole('button', { name: /^Book/ }).click();
    await expect(page.locator('#date-wrong')).toBeVisible();
    await expect(page.getByLabel('Day', { exact: true })).toHaveValue(date);
  }
});

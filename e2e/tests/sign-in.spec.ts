import { booked, day, fill } from '../support/steps.ts';
import { expect, inspect, person, signedOut, signIn, test } from '../support/test.ts';

test('the sign-in page can be used by everybody', async ({ page }) => {
  await page.goto('/sign-in');
  await expect(page.locator('input[name="email"]')).toBeVisible();
  await inspect(page, 'sign-in', { pictures: true });
});

test('everybody the demo prints can sign in', async ({ browser, demo }) => {
  expect(demo.people.length).toBeGreaterThanOrEqual(4);
  for (const person of demo.people) {
    const context = await browser.newContext({ baseURL: demo.url });
    await signIn(await context.newPage(), person);
    await context.close();
  }
});

test('a wrong password is refused and the address stays typed', async ({ page, demo }) => {
  await page.goto('/sign-in');
  await page.locator('input[name="email"]').fill(demo.people[0]!.email);
  await page.locator('input[name="password"]').fill('not the password');
  await page.locator('input[name="password"]').press('Enter');
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.locator('input[name="email"]')).toHaveValue(demo.people[0]!.email);
  await inspect(page, 'sign-in-refused');
});

test('without signing in every page of the product leads to the sign-in page', async ({ page }) => {
  for (const path of ['/', '/bookings/new', '/settings/apps']) {
    await page.goto(path);
    await expect(page, path).toHaveURL(/\/sign-in/);
  }
});

test('a deep link survives signing in, and so does what was typed when the session ends', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.url, storageState: signedOut });
  const page = await context.newPage();
  const deep = `/find?date=${day(30)}&start=10:00&minutes=60&capacity=4`;
  await page.goto(deep);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  const enter = async () => {
    await page.locator('input[name="email"]').fill(person(demo, 'officer').email);
    await page.locator('input[name="password"]').fill(person(demo, 'officer').password);
    await page.locator('input[name="password"]').press('Enter');
  };
  await enter();
  await expect(page).toHaveURL(`${demo.url}${deep}`);

  await page.goto('/bookings/new');
  await fill(page, { title: 'Typed before', date: day(30), start: '09:00', end: '10:30', invitees: 'guest@halden.example,' });
  await context.clearCookies({ name: 'session' });
  await page.getByRole('button', { name: /^Book/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in');
  await expect(page.locator('main')).toContainText('the booking form');
  await enter();
  await expect(page.getByLabel('Title')).toHaveValue('Typed before');
  await expect(page.getByLabel('Day', { exact: true })).toHaveValue(day(30));
  await expect(page.getByLabel('From', { exact: true })).toHaveValue('09:00');
  await expect(page.getByLabel('Until', { exact: true })).toHaveValue('10:30');
  await expect(page.locator('.chip')).toContainText('guest@halden.example');
  await page.getByRole('button', { name: /^Book/ }).click();
  await booked(page, 'Typed before');
  await context.close();
});

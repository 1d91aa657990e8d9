import { expect, inspect, signIn, test } from '../support/test.ts';

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

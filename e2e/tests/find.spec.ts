import { booked, day } from '../support/steps.ts';
import { expect, inspect, test } from '../support/test.ts';

test.use({ who: 'officer' });

test('rooms come by fit, and a room found is booked', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Find a room' }).click();
  await page.getByLabel('Day', { exact: true }).fill(day(41));
  await page.getByLabel('From', { exact: true }).fill('10:00');
  await page.getByLabel('People', { exact: true }).fill('4');
  await page.getByRole('button', { name: 'Find' }).click();
  const results = page.locator('.results > li');
  await expect(results.first()).toBeVisible();
  await expect(page).toHaveURL(/capacity=4/);
  await inspect(page, 'find', { pictures: true });
  const name = await results.first().getByRole('heading').innerText();
  await results
    .first()
    .getByRole('link', { name: `Book ${name}` })
    .click();
  await expect(page.getByLabel('Room', { exact: true }).locator('option:checked')).toContainText(name);
  await expect(page.getByLabel('Day', { exact: true })).toHaveValue(day(41));
  await expect(page.getByLabel('From', { exact: true })).toHaveValue('10:00');
  await page.getByLabel('Title').fill('Found');
  await page.getByRole('button', { name: /^Book/ }).click();
  await booked(page, 'Found');
});

test('where nothing fits, the page says what would', async ({ page }) => {
  await page.goto(`/find?date=${day(42)}&start=10:00&minutes=60&capacity=9000`);
  await expect(page.locator('.results')).toHaveCount(0);
  await expect(page.locator('.plan').first()).toBeVisible();
  await inspect(page, 'find-nothing');
});

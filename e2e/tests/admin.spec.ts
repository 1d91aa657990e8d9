import { day } from '../support/steps.ts';
import { expect, inspect, signedOut, signIn, test } from '../support/test.ts';

test.use({ who: 'admin' });

test('a room is added, shown on the day, retired and opened again', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Admin' }).click();
  await inspect(page, 'admin-rooms', { pictures: true });
  await page.getByRole('link', { name: 'Add a room' }).click();
  await page.getByLabel('Name on the door').fill('Quince');
  await page.getByLabel('Seats').fill('0');
  await page.getByRole('button', { name: 'Add room' }).click();
  await expect(page.getByLabel('Name on the door')).toHaveValue('Quince');
  await page.getByLabel('Seats').fill('5');
  await page.getByRole('button', { name: 'Add room' }).click();
  await page.goto('/admin/rooms');
  await page.getByRole('link', { name: 'Quince' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Quince');
  await inspect(page, 'admin-room');
  const onTheDay = page.locator('.tl-line[data-name="Quince"]');
  await page.goto(`/?date=${day(45)}`);
  await expect(onTheDay).toBeVisible();

  await page.goto('/admin/rooms');
  await page.getByRole('link', { name: 'Quince' }).click();
  await page.getByRole('button', { name: 'Retire Quince' }).click();
  await page.goto(`/?date=${day(45)}`);
  await expect(page.locator('day-line')).toBeVisible();
  await expect(onTheDay).toHaveCount(0);

  await page.goto('/admin/rooms?state=retired');
  await page.getByRole('link', { name: 'Quince' }).click();
  await page.getByRole('button', { name: 'Open Quince again' }).click();
  await page.goto(`/?date=${day(45)}`);
  await expect(onTheDay).toBeVisible();
  await page.goto('/admin/rooms');
  await page.getByRole('link', { name: 'Quince' }).click();
  await page.getByRole('button', { name: 'Retire Quince' }).click();
});

test('a person is invited, chooses a password and signs in', async ({ page, browser, demo }) => {
  await page.goto('/admin/people');
  await page.getByLabel('Name').fill('Pia Sommer');
  await page.getByLabel('Work mail').fill('pia.sommer@halden.example');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  const link = await page.locator('.token-line code').innerText();
  await expect(page.getByRole('row', { name: /Pia Sommer/ })).toContainText('Invited');
  await inspect(page, 'admin-people');

  const context = await browser.newContext({ baseURL: demo.url, storageState: signedOut });
  const theirs = await context.newPage();
  await theirs.goto(link);
  await expect(theirs.getByRole('heading', { level: 1 })).toContainText('Welcome, Pia Sommer');
  await inspect(theirs, 'invitation');
  await theirs.getByLabel('Password', { exact: true }).fill('three unrelated words');
  await theirs.getByLabel('The same again').fill('three unrelated wards');
  await theirs.getByRole('button', { name: 'Set password' }).click();
  await expect(theirs.getByRole('alert')).toContainText('Not set yet.');
  await theirs.getByLabel('Password', { exact: true }).fill('three unrelated words');
  await theirs.getByLabel('The same again').fill('three unrelated words');
  await theirs.getByRole('button', { name: 'Set password' }).click();
  await expect(theirs.getByRole('link', { name: 'Pia Sommer, your settings' })).toBeVisible();
  await theirs.getByRole('button', { name: 'Sign out' }).click();
  await expect(theirs).toHaveURL(/\/sign-in/);
  await signIn(theirs, { email: 'pia.sommer@halden.example', password: 'three unrelated words', line: '' });
  await theirs.goto(link);
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('This link has been used');
  await context.close();
});

test('the other pages of the admin stand', async ({ page }) => {
  for (const name of ['sites', 'company', 'health']) {
    const answer = await page.goto(`/admin/${name}`);
    expect(answer?.status()).toBe(200);
    await inspect(page, `admin-${name}`);
  }
});

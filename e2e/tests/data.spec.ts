import { readFile } from 'node:fs/promises';
import { book, day } from '../support/steps.ts';
import { expect, inspect, person, test } from '../support/test.ts';

test.use({ world: 'data', who: 'unpermitted' });

test('a person downloads their data and has it deleted, with proof', async ({ page, browser, demo, session }) => {
  test.setTimeout(120_000);
  const who = person(demo, 'unpermitted');
  await book(page, { title: 'Dentist', date: day(60), start: '09:00', end: '09:30', zoom: false });

  await page.goto('/settings/data');
  await expect(page.getByRole('row', { name: /Bookings made/ })).toBeVisible();
  await inspect(page, 'settings-data', { pictures: true });
  const arrives = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download all of it' }).click();
  const file = await arrives;
  expect(file.suggestedFilename()).toBe('your-data.json');
  const held = JSON.parse(await readFile(await file.path(), 'utf8'));
  expect(held.person.email).toBe(who.email);
  expect(held.bookings.map((booking: { title: string }) => booking.title)).toContain('Dentist');

  await page.getByRole('button', { name: 'Ask to delete my data' }).click();
  await expect(page.getByText('Your request is with the admins of your company.')).toBeVisible();
  await page.getByRole('button', { name: 'Take the request back' }).click();
  await expect(page.getByText('Nothing was deleted.')).toBeVisible();
  await page.getByRole('button', { name: 'Ask to delete my data' }).click();
  await expect(page.getByRole('button', { name: 'Take the request back' })).toBeVisible();

  const context = await browser.newContext({ baseURL: demo.url, storageState: await session(person(demo, 'admin')) });
  const admin = await context.newPage();
  await admin.goto('/admin/data-requests');
  await inspect(admin, 'admin-data-requests');
  await admin.getByRole('row', { name: /Waits for you/ }).getByRole('link').click();
  await expect(admin.getByRole('link', { name: 'Dentist' })).toBeVisible();
  await expect(admin.getByRole('button', { name: /Delete the data of/ })).toBeDisabled();
  await inspect(admin, 'admin-data-request', { pictures: true });
  await admin.getByRole('button', { name: /^Cancel th/ }).click();
  await expect(admin.getByText('None is left.')).toBeVisible();
  await admin.getByLabel('Note for your records').fill('As they asked.');
  await admin.getByRole('button', { name: /Delete the data of/ }).click();
  await expect(admin.getByRole('heading', { name: 'Deleted person' })).toBeVisible();
  await expect(admin.getByText(/entry \d+ of the audit/)).toBeVisible();

  await admin.goto('/admin/audit?topic=data');
  await expect(admin.getByRole('row', { name: /deleted a person’s data/ })).toBeVisible();
  await inspect(admin, 'admin-audit', { pictures: true });
  await admin.goto('/admin/retention');
  await inspect(admin, 'admin-retention', { pictures: true });
  await context.close();

  await page.reload();
  await expect(page).toHaveURL(/\/sign-in/);
});

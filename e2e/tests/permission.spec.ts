import { app, appState } from '../support/steps.ts';
import { expect, inspect, test } from '../support/test.ts';

test.use({ who: 'unpermitted' });

test('an officer without the permission reads why, and whom to ask', async ({ page }) => {
  await page.goto('/settings/apps');
  await expect(appState(page)).toHaveText('Not open to you');
  await expect(app(page).locator('.banner')).toContainText('may connect apps');
  await expect(app(page).locator('.banner').getByRole('link').first()).toHaveAttribute('href', /^mailto:/);
  await expect(app(page).getByRole('button', { name: /Connect/ })).toHaveCount(0);
  await inspect(page, 'apps-not-permitted');
});

test('Home and the form do not offer Zoom then, and a room is one click all the same', async ({ page }) => {
  await page.goto('/bookings/new');
  await expect(page.getByRole('radio', { name: 'Zoom meeting' })).toBeDisabled();
  await page.goto('/');
  const card = page.locator('.now-card').first();
  await expect(card.getByRole('button', { name: 'with Zoom' })).toBeDisabled();
  await card.getByRole('button', { name: /^Book \d+ min/ }).click();
  await expect(page.locator('.lead-state')).toHaveText('Confirmed');
  await expect(page.getByRole('link', { name: 'Join Zoom meeting' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await expect(page.locator('.lead-state')).toHaveText('Cancelled');
});

import type { Page } from '@playwright/test';
import { app, appState } from '../support/steps.ts';
import { expect, inspect, person, test, type Who } from '../support/test.ts';

// Jonas asks for the permission; a group gives it, then Olga herself.
test.use({ world: 'groups' });

test('who may not connect asks an admin, who lets a group or the person', async ({ browser, demo, session }) => {
  test.setTimeout(120_000);
  const as = async (who: Who): Promise<Page> => {
    const storageState = await session(person(demo, who));
    const context = await browser.newContext({ baseURL: demo.url, storageState });
    return context.newPage();
  };
  const [jonas, olga] = [await as('unpermitted'), await as('admin')];
  await jonas.goto('/settings/apps');
  await app(jonas).getByRole('textbox').fill('For the calls with Porto');
  await app(jonas).getByRole('button', { name: /^Ask/ }).click();
  await expect(app(jonas)).toContainText('You asked');
  await inspect(jonas, 'apps-asked', { pictures: true });

  await olga.goto('/admin/groups');
  await inspect(olga, 'admin-groups-none');
  await olga.getByRole('link', { name: 'Add a group' }).click();
  await olga.getByLabel('Name').fill('Sales');
  await olga.getByLabel('Members may connect apps').check();
  await olga.getByRole('button', { name: 'Add group' }).click();
  await olga.getByRole('link', { name: 'Sales' }).or(olga.getByRole('heading', { name: 'Sales' })).first().click();
  await olga.getByRole('button', { name: 'Add Jonas Weber' }).click();
  await expect(olga.getByRole('button', { name: 'Remove Jonas Weber' })).toBeVisible();
  await inspect(olga, 'admin-group', { pictures: true });
  await jonas.goto('/settings/apps');
  await expect(appState(jonas)).toHaveText('Not connected');
  await olga.getByRole('button', { name: 'Remove Jonas Weber' }).click();
  await jonas.goto('/settings/apps');
  await expect(appState(jonas)).toHaveText('Not open to you');

  await olga.goto('/admin/people');
  await olga.getByRole('link', { name: 'Jonas Weber' }).first().click();
  await expect(olga.locator('main')).toContainText('For the calls with Porto');
  await inspect(olga, 'admin-person-asks', { pictures: true });
  await olga.getByRole('button', { name: 'Allow' }).click();
  await jonas.goto('/settings/apps');
  await expect(appState(jonas)).toHaveText('Not connected');
  await olga.goto('/admin/groups');
  await inspect(olga, 'admin-groups', { pictures: true });
});

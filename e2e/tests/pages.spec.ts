// Pages that no other test comes by, each with axe, three widths, both themes and sound markup.
import { expect, inspect, keep, axe, test } from '../support/test.ts';

const open = [
  ['guide', '/zoom/guide'],
  ['test-plan', '/zoom/test-plan'],
  ['privacy', '/privacy'],
  ['terms', '/terms'],
  ['styleguide', '/styleguide'],
] as const;

for (const [name, path] of open) {
  test(`${path} is open without signing in`, async ({ page }) => {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(200);
    await inspect(page, name);
  });
}

test.describe('signed in', () => {
  test.use({ who: 'officer' });

  for (const path of ['/settings', '/settings/tokens', '/settings/devices']) {
    test(path, async ({ page }) => {
      const answer = await page.goto(path);
      expect(answer?.status()).toBe(200);
      await inspect(page, path.slice(1).replace('/', '-'));
    });
  }

  test('a page that is not there says what to try', async ({ page }) => {
    const answer = await page.goto('/bookings/bk_nothing');
    expect(answer?.status()).toBe(404);
    await inspect(page, 'not-found');
  });

  test('what belongs to admins is refused with the reason', async ({ page }) => {
    const answer = await page.goto('/admin/rooms');
    expect(answer?.status()).toBe(403);
    await inspect(page, 'forbidden');
  });

  test('the footer leads to the pages about Zoom', async ({ page }) => {
    await page.goto('/');
    const foot = page.getByRole('contentinfo');
    for (const [words, path] of [
      ['Guide', '/zoom/guide'],
      ['Zoom test plan', '/zoom/test-plan'],
      ['Privacy', '/privacy'],
      ['Terms', '/terms'],
    ] as const) {
      await expect(foot.getByRole('link', { name: words, exact: true })).toHaveAttribute('href', path);
    }
    await expect(foot.getByRole('link', { name: /@/ })).toHaveAttribute('href', /^mailto:/);
  });
});

test('the simulator has sound pages too', async ({ page, zoom }) => {
  for (const [name, path] of [
    ['sim-front', '/'],
    ['sim-sign-in', '/oauth/signin'],
    ['sim-console', '/console'],
  ] as const) {
    await page.goto(new URL(path, zoom.url).href);
    await axe(page);
    await keep(page, name);
  }
});

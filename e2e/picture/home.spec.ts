import { stat } from 'node:fs/promises';
import { connect } from '../support/steps.ts';
import { expect, test } from '../support/test.ts';
import { LICENSED } from '../support/zoom.ts';

const file = '../docs/screenshots/home.png';

test.use({ who: 'officer', viewport: { width: 1280, height: 900 }, colorScheme: 'light' });

test('Home, for the README', async ({ page, demo }) => {
  // The server's clock counts, should it be another than the browser's.
  const { headers } = await fetch(`${demo.url}/healthz`);
  await page.clock.setSystemTime(headers.get('date') ?? Date.now());
  await connect(page, LICENSED);
  await page.goto('/');
  await expect(page.locator('.now-card')).toHaveCount(3);
  await page.screenshot({ path: file });
  expect((await stat(file)).size, 'bytes of the picture').toBeLessThan(200_000);
});

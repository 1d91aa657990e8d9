import { stat } from 'node:fs/promises';
import { book, connect, day, disconnect, linkReady } from '../support/steps.ts';
import { expect, test, type Page } from '../support/test.ts';
import { LICENSED } from '../support/zoom.ts';

const folder = '../docs/zoom-review';

test.use({ world: 'review', who: 'officer', viewport: { width: 1000, height: 760 }, colorScheme: 'light' });

async function picture(page: Page, name: string): Promise<void> {
  const path = `${folder}/${name}.png`;
  await page.screenshot({ path });
  expect((await stat(path)).size, `bytes of ${name}`).toBeLessThan(150_000);
}

test('the screens that a review asks for', async ({ browser, page, session, demo }) => {
  await connect(page, LICENSED);
  await picture(page, 'connected');
  await book(page, { title: 'Coating review', date: day(20), start: '10:00', end: '11:00', zoom: true });
  await linkReady(page);
  await picture(page, 'booking');
  const context = await browser.newContext({ storageState: await session(demo.person(/\badmin:/)) });
  const admin = await context.newPage();
  await admin.setViewportSize({ width: 1000, height: 760 });
  await admin.goto(`${demo.url}/admin/meetings`);
  await expect(admin.getByText('Coating review')).toBeVisible();
  await picture(admin, 'meetings');
  await context.close();
  await disconnect(page);
  await picture(page, 'disconnected');
});

import { mkdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const widths = [390, 820, 1440];
const themes = ['light', 'dark'] as const;

/** Tests ask for pictures of the main pages only; `PICTURES=all` takes them of every page. */
const everyPicture = process.env['PICTURES'] === 'all';

/** `QUICK=yes` leaves the looks out, while one works on a story. */
const quick = process.env['QUICK'] === 'yes';

/** Fails on any violation axe finds; in the dark theme only colours can differ. */
export async function axe(page: Page): Promise<void> {
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme });
    const builder = new AxeBuilder({ page });
    if (theme === 'dark') builder.withRules(['color-contrast', 'link-in-text-block']);
    const { violations } = await builder.analyze();
    const found = violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}\n    ${node.html}\n    ${node.failureSummary ?? ''}`),
    );
    expect(found, `axe on ${page.url()} (${theme})`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** Fails where the page has to be scrolled sideways at one of three widths; photographs it in both themes. */
export async function fit(page: Page, name: string, pictures: boolean): Promise<void> {
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, `${name} fits a window of ${width} px`).toBeLessThanOrEqual(width);
    for (const theme of pictures ? themes : []) {
      await page.emulateMedia({ colorScheme: theme });
      await page.screenshot({ path: `results/shots/${name}-${width}-${theme}.png`, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}

/** Keeps the page as the server sent it, and its stylesheets, for the markup check. */
export async function keep(page: Page, name: string): Promise<void> {
  const answer = await page.request.get(page.url());
  await mkdir('results/markup', { recursive: true });
  await writeFile(`results/markup/${name}.html`, await answer.body());
  const sheets = await page
    .locator('link[rel="stylesheet"]')
    .evaluateAll((links) => links.map((link) => (link as HTMLLinkElement).href));
  for (const sheet of sheets) {
    const file = basename(new URL(sheet).pathname).replace(/(\.css)?$/, '.css');
    await writeFile(`results/markup/${file}`, await (await page.request.get(sheet)).body());
  }
}

/** What every page of ours has to stand: axe in both themes, three widths, sound markup. */
export async function inspect(page: Page, name: string, { pictures = everyPicture } = {}): Promise<void> {
  await expect(page.locator('h1')).toHaveCount(1);
  if (quick) return;
  await axe(page);
  await fit(page, name, pictures);
  await keep(page, name);
}

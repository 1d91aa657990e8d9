import type { Page } from '@playwright/test';

const widths = [390, 820, 1440];
const themes = ['light', 'dark'] as const;

/** Photographs a page at three widths in both themes, whole, or as much as the window shows. */
export async function photograph(page: Page, name: string, { fullPage = true } = {}): Promise<void> {
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: path(`${name}-${width}-${colorScheme}`), fullPage });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}

/** Where a picture goes. */
export function path(name: string): string {
  return `results/pictures/${name}.png`;
}

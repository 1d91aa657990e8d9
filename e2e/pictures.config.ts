import { defineConfig } from '@playwright/test';
import ordinary from './playwright.config.ts';

// `npm run pictures` photographs every page in its states, at three widths in both themes, into
// results/pictures: to be looked at, not compared. `npm run pictures -- -g 'door'` takes some.
export default defineConfig({
  ...ordinary,
  testDir: 'pictures',
  outputDir: 'results/pictures-failed',
  reporter: 'list',
  timeout: 180_000,
  use: { ...ordinary.use, trace: 'off', screenshot: 'off' },
});

import { defineConfig } from '@playwright/test';
import ordinary from './playwright.config.ts';

// `npm run picture` takes the picture of Home for the README anew (docs/screenshots/home.png).
export default defineConfig({ ...ordinary, testDir: 'picture', reporter: 'list' });

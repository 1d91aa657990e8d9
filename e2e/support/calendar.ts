import { expect, type Page } from '@playwright/test';

/** Downloads the calendar file of the booking shown, checks its shape, and answers its unfolded lines by name. */
export async function calendar(page: Page): Promise<Map<string, string>> {
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Calendar file' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/\.ics$/);
  const stream = await file.createReadStream();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const text = bytes.toString();
  expect(text.startsWith('BEGIN:VCALENDAR\r\n')).toBe(true);
  expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true);
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  for (const line of text.split('\r\n')) expect(Buffer.byteLength(line), line).toBeLessThanOrEqual(75);
  const entries = text
    .replace(/\r\n[ \t]/g, '')
    .split('\r\n')
    .filter((line) => line.includes(':'))
    .map((line): [string, string] => [line.split(/[:;]/)[0] ?? '', line.slice(line.indexOf(':') + 1)]);
  return new Map(entries);
}

/** An instant as a calendar file writes it. */
export function instant(iso: string): string {
  return new Date(iso).toISOString().replace(/[-:]|\.\d+/g, '');
}

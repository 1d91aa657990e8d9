// Feeds the pages and stylesheets that the browser tests kept (results/markup) to the Nu HTML checker.
// Errors fail; warnings are shown.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import vnu from 'vnu-jar';

const folder = 'results/markup';
const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.(html|css)$/.test(file)) : [];
if (files.length === 0) {
  console.error('There are no pages to check: run the browser tests first.');
  process.exit(1);
}
const checked = spawnSync(
  'java',
  ['-Xss2m', '-jar', String(vnu), '--stdout', '--format', 'json', '--exit-zero-always', '--also-check-css', folder],
  { encoding: 'utf8', maxBuffer: 1 << 28 },
);
if (checked.status !== 0) {
  console.error(checked.error ?? checked.stdout + checked.stderr);
  process.exit(1);
}
const { messages } = JSON.parse(checked.stdout);
// Said of every page alike, and no fault: a slash in a void element, as some templates write it.
const worth = messages.filter(({ message }) => !/^Trailing slash on void elements/.test(message));
const errors = worth.filter(({ type }) => type !== 'info');
for (const { type, url, lastLine, message, extract } of worth) {
  const file = url?.split('/').at(-1) ?? folder;
  console.log(`${type === 'info' ? 'warning' : 'ERROR'} ${file}:${lastLine ?? 0}: ${message}\n    ${(extract ?? '').trim()}`);
}
console.log(`${files.length} pages and stylesheets checked: ${errors.length} errors, ${worth.length - errors.length} warnings.`);
process.exit(errors.length === 0 ? 0 : 1);

import { createHmac } from 'node:crypto';
import type { Browser, Page } from '@playwright/test';
import { expect, inspect, person, signedOut, signIn, test, type Person } from '../support/test.ts';

// Passkeys belong to a name, so this demo is reached by one.
test.use({ world: 'second-factor', host: 'localhost' });

/** The code an app shows for a secret in base32 (RFC 6238), `later` half minutes from now. */
function code(secret: string, later = 0): string {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
  const key = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const tag = createHmac('sha1', key).update(step).digest();
  const from = tag[tag.length - 1]! & 0xf;
  return String((tag.readUInt32BE(from) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

/** A page of somebody nobody knows yet. */
async function fresh(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, storageState: signedOut });
  return context.newPage();
}

/** Puts an authenticator into a page that verifies its person by itself. */
async function authenticator(page: Page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    verifies: (isUserVerified: boolean) =>
      cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    forgets: () => cdp.send('WebAuthn.clearCredentials', { authenticatorId }),
  };
}

async function enter(page: Page, who: Person): Promise<void> {
  await page.goto('/sign-in');
  await page.locator('input[name="email"]').fill(who.email);
  await page.locator('input[name="password"]').fill(who.password);
  await page.locator('input[name="password"]').press('Enter');
}

test('an app for codes is set up, asked for, and its recovery codes count once', async ({ browser, demo }) => {
  test.setTimeout(240_000);
  const olga = person(demo, 'admin');
  const page = await fresh(browser, demo.url);
  await signIn(page, olga);
  await page.goto('/settings/security');
  await inspect(page, 'security', { pictures: true });
  await page.getByRole('button', { name: 'Set up an app' }).click();
  await inspect(page, 'code-app', { pictures: true });
  const secret = (await page.locator('#key').innerText()).replaceAll(' ', '');
  await page.getByLabel('Code from your app').fill('000000');
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await expect(page.locator('#code-wrong')).toContainText('not the code');
  await page.getByLabel('Code from your app').fill(code(secret));
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Recovery codes');
  const codes = await page.locator('#recovery-codes code').allInnerTexts();
  expect(codes).toHaveLength(10);
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await expect(page.locator('main')).toContainText('10 are left');

  const other = await fresh(browser, demo.url);
  await enter(other, olga);
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('One more step');
  await inspect(other, 'second-step', { pictures: true });
  await other.getByLabel('Code from your app').fill(code(secret, 1));
  await other.keyboard.press('Enter');
  await expect(other.locator('.who')).toBeVisible();

  const third = await fresh(browser, demo.url);
  await enter(third, olga);
  await third.getByLabel('Code from your app').fill(codes[0]!);
  await third.keyboard.press('Enter');
  await expect(third.locator('.who')).toBeVisible();
  await third.goto('/settings/security');
  await expect(third.locator('main')).toContainText('9 are left');
  await third.getByRole('button', { name: /^Turn off/ }).click();
  await expect(third.locator('main')).toContainText('turned off');
});

test('a passkey is added, signs in by itself, and is refused when it is gone', async ({ browser, demo }) => {
  test.setTimeout(240_000);
  const mara = person(demo, 'officer');
  const page = await fresh(browser, demo.url);
  const device = await authenticator(page);
  await signIn(page, mara);
  await page.goto('/settings/security');
  await page.getByLabel('Name for a new one').fill('Test device');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Recovery codes');
  await inspect(page, 'recovery-codes', { pictures: true });
  await page.goto('/settings/security');
  await inspect(page, 'security-passkey', { pictures: true });

  await page.goto('/sign-out');
  await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
  await page.goto('/sign-in?next=/find');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page).toHaveURL(`${demo.url}/find`);
  await page.goto('/settings/security');
  await expect(page.locator('.passkeys')).toContainText('Last used');

  await device.verifies(false);
  await page.context().clearCookies();
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('alert')).toContainText('Your device did not go on');
  await device.verifies(true);
  await enter(page, mara);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('One more step');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.locator('.who')).toBeVisible();
  await page.goto('/settings/security');
  await page.getByRole('button', { name: 'Remove Test device' }).click();
  await expect(page.locator('main')).toContainText('The passkey is removed');
  await page.context().clearCookies();
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('alert')).toContainText('The passkey was not accepted');
});

test('without script passkeys are out of sight and codes work', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.url, storageState: signedOut, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeHidden();
  await enter(page, person(demo, 'unpermitted'));
  await page.goto('/settings/security');
  await expect(page.locator('main')).toContainText('This browser cannot add passkeys');
  await page.getByRole('button', { name: 'Set up an app' }).click();
  const secret = (await page.locator('#key').innerText()).replaceAll(' ', '');
  await page.getByLabel('Code from your app').fill(code(secret));
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await expect(page.locator('#recovery-codes li')).toHaveCount(10);
  await page.goto('/settings/security');
  await page.getByRole('button', { name: /^Turn off/ }).click();
  await expect(page.locator('main')).toContainText('turned off');
});

test('an admin gives an account back, and every device is signed out', async ({ browser, demo }) => {
  test.setTimeout(240_000);
  const jonas = person(demo, 'unpermitted');
  const [here, admin] = [await fresh(browser, demo.url), await fresh(browser, demo.url)];
  await signIn(here, jonas);
  await signIn(admin, person(demo, 'admin'));
  await admin.goto('/admin/people');
  await inspect(admin, 'admin-people-factors', { pictures: true });
  await admin.getByRole('link', { name: 'Jonas Weber' }).first().click();
  await admin.getByLabel('Why').fill('Lost the phone; I called back');
  await inspect(admin, 'admin-person-recovery', { pictures: true });
  await admin.getByRole('button', { name: 'Send a link' }).click();
  const link = await admin.locator('.token-line code').innerText();
  await here.goto('/');
  await expect(here.locator('.notice-strip', { hasText: 'A link was made' })).toBeVisible();

  const back = await fresh(browser, demo.url);
  await back.goto(link);
  await inspect(back, 'recovery', { pictures: true });
  await back.getByLabel('Password', { exact: true }).fill('three unrelated words');
  await back.getByLabel('The same again').fill('three unrelated words');
  await back.getByRole('button', { name: 'Set password' }).click();
  await expect(back.locator('.who')).toBeVisible();
  await here.goto('/settings');
  await expect(here).toHaveURL(/\/sign-in/);
  await admin.goto('/');
  await expect(admin.locator('.notice-strip', { hasText: 'Jonas Weber set another password' })).toBeVisible();
});

test('devices are signed out from another one', async ({ browser, demo }) => {
  const leila = person(demo, 'admin');
  const [here, there] = [await fresh(browser, demo.url), await fresh(browser, demo.url)];
  await signIn(here, leila);
  await signIn(there, leila);
  await here.goto('/settings/devices');
  await inspect(here, 'devices', { pictures: true });
  await here.getByRole('button', { name: 'Sign out all others' }).click();
  await expect(here.locator('main')).toContainText('Every other device is signed out');
  await there.goto('/settings');
  await expect(there).toHaveURL(/\/sign-in/);
});

test('a company that asks for a second factor leads there first', async ({ browser, demo }) => {
  test.setTimeout(240_000);
  const admin = await fresh(browser, demo.url);
  await signIn(admin, person(demo, 'admin'));
  await admin.goto('/admin/company');
  await admin.getByLabel('Everybody needs a second factor').check();
  await inspect(admin, 'admin-company-factor', { pictures: true });
  await admin.getByRole('button', { name: 'Save the rule' }).click();
  await expect(admin.getByRole('heading', { level: 1 })).toHaveText('Signing in');
  await inspect(admin, 'security-required', { pictures: true });
  await admin.goto('/find');
  await expect(admin.getByRole('heading', { level: 1 })).toHaveText('Signing in');
  await admin.getByRole('button', { name: 'Set up an app' }).click();
  const secret = (await admin.locator('#key').innerText()).replaceAll(' ', '');
  await admin.getByLabel('Code from your app').fill(code(secret));
  await admin.getByRole('button', { name: 'Turn it on' }).click();
  await admin.goto('/admin/company');
  await admin.getByLabel('Everybody needs a second factor').uncheck();
  await admin.getByRole('button', { name: 'Save the rule' }).click();
  await expect(admin.locator('main')).toContainText('Saved.');
});

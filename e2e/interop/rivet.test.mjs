// Zoom's own SDK, @zoom/rivet, as client of the simulator and as receiver of its webhooks. Its code is as it came from npm; only
// the requests it sends to zoom.us are led to the simulator.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { MeetingsOAuthClient, MeetingsS2SAuthClient } from '@zoom/rivet/meetings';
import { UsersOAuthClient } from '@zoom/rivet/users';
import axios from 'axios';
import { startSimulator } from './simulator.mjs';

const MARA = 'mara@halden.example';
const ACCOUNT = 'HaldenMainAccount00001';
const SCOPES = [
  'user:read:user',
  'meeting:write:meeting',
  'meeting:read:meeting',
  'meeting:update:meeting',
  'meeting:delete:meeting',
  'meeting:read:list_meetings',
];
const DRAFT = { topic: 'Budget, “Q4” – Größe', type: 2, start_time: '2030-12-01T09:00:00Z', duration: 30, timezone: 'Europe/Berlin' };

let simulator;
let client;
let options;
let port;

/** What rivet keeps its token in; the test can look inside, and make it run out. */
const tokens = {
  current: undefined,
  getLatestToken: () => tokens.current,
  storeToken: (token) => {
    tokens.current = token;
  },
};

before(async () => {
  simulator = await startSimulator();
  const lead = (address) => address?.replace(/^https:\/\/(api\.)?zoom\.us/, simulator.url);
  axios.interceptors.request.use((config) => ({ ...config, baseURL: lead(config.baseURL), url: lead(config.url) }));
  port = await freePort();
  options = {
    clientId: 'rivet-id',
    clientSecret: 'rivet-secret',
    webhooksSecretToken: 'rivet-hook-secret',
    tokenStore: tokens,
    port,
    installerOptions: { redirectUri: `http://localhost:${port}`, stateStore: 'a secret for the state', directInstall: true },
  };
  client = new MeetingsOAuthClient(options);
  await client.start();
  await simulator.press('apps', {
    name: 'Rivet',
    client_id: 'rivet-id',
    client_secret: 'rivet-secret',
    webhook_secret: 'rivet-hook-secret',
    webhook_url: `http://localhost:${port}/zoom/events`,
    redirect_uris: `http://localhost:${port}/zoom/oauth/callback`,
    scopes: SCOPES.join(' '),
  });
});

after(async () => {
  await client?.receiver.stop();
  await simulator?.stop();
});

test('rivet installs itself over the consent page', async () => {
  const install = await fetch(`http://localhost:${port}/zoom/oauth/install`, { redirect: 'manual' });
  const authorize = install.headers.get('location');
  assert.match(authorize, /^https:\/\/zoom\.us\/oauth\/authorize\?/);
  const back = await simulator.allow(authorize, MARA);
  assert.match(back, /\/zoom\/oauth\/callback\?code=/);
  const cookie = install.headers.get('set-cookie').split(';')[0];
  const done = await fetch(back, { headers: { cookie } });
  assert.equal(done.status, 200, await done.text());
  assert.deepEqual([...tokens.current.scopes].sort(), [...SCOPES].sort());
});

test('rivet answers the challenge of the simulator', async () => {
  const challenge = await simulator.webhook(({ event, state }) => event === 'endpoint.url_validation' && state === 'Delivered');
  assert.equal(challenge.attempts[0].outcome, '200, challenge met');
});

test('rivet reads who it acts for', async () => {
  const users = new UsersOAuthClient({ ...options, disableReceiver: true });
  const { data } = await users.endpoints.users.getUser({ path: { userId: 'me' } });
  assert.equal(data.email, MARA);
  assert.equal(data.type, 2);
  assert.equal(data.account_id, ACCOUNT);
});

test('rivet makes, lists, reads, changes and deletes a meeting', async () => {
  const { meetings } = client.endpoints;
  const { data: made, statusCode, trackingId } = await meetings.createMeeting({ path: { userId: 'me' }, body: DRAFT });
  assert.equal(statusCode, 201);
  assert.ok(trackingId);
  assert.equal(made.topic, DRAFT.topic);
  assert.equal(made.start_time, DRAFT.start_time);
  const path = { meetingId: made.id };

  const { data: listed } = await meetings.listMeetings({ path: { userId: 'me' }, query: { type: 'upcoming' } });
  assert.deepEqual(listed.meetings.map(({ id }) => id), [made.id]);
  const changed = await meetings.updateMeeting({ path, body: { topic: 'Plan', duration: 45 } });
  assert.equal(changed.statusCode, 204);
  const { data: read } = await meetings.getMeeting({ path });
  assert.deepEqual([read.topic, read.duration, read.join_url], ['Plan', 45, made.join_url]);
  assert.equal((await meetings.deleteMeeting({ path })).statusCode, 204);
  const gone = `[404/3001]: "Meeting does not exist: ${made.id}."`;
  await assert.rejects(meetings.getMeeting({ path }), { message: gone });
  await assert.rejects(meetings.deleteMeeting({ path }), { message: gone });
  const kept = (await simulator.list('meetings')).find(({ id }) => id === made.id);
  assert.ok(kept.deleted_at);
});

test('rivet refreshes a token that runs out, and the old pair is dead', async () => {
  const old = tokens.current;
  tokens.current = { ...old, expirationTimeIso: new Date().toISOString() };
  await client.endpoints.meetings.listMeetings({ path: { userId: 'me' } });
  assert.notEqual(tokens.current.accessToken, old.accessToken);
  assert.notEqual(tokens.current.refreshToken, old.refreshToken);
  const { accessToken, refreshToken } = tokens.current;
  tokens.current = old;
  await assert.rejects(client.endpoints.meetings.listMeetings({ path: { userId: 'me' } }), { message: '[401/124]: "Invalid access token."' });
  tokens.current = { ...old, expirationTimeIso: new Date().toISOString() };
  await assert.rejects(client.endpoints.meetings.listMeetings({ path: { userId: 'me' } }), { name: /OAuthTokenRefreshFailed/ });
  tokens.current = { ...old, accessToken, refreshToken };
  await client.endpoints.meetings.listMeetings({ path: { userId: 'me' } });
});

test('rivet understands the errors and the limits of the simulator', async () => {
  const list = () => client.endpoints.meetings.listMeetings({ path: { userId: 'me' } });
  for (const [what, message] of [
    ['per-second', /^\[429\/429\]: "You have reached the maximum per-second rate limit/],
    ['3161-no-hosting', /^\[400\/3161\]: "Your user account is not allowed/],
    ['1001-no-user', /^\[404\/1001\]/],
    ['html', /^\[502\]: Request was unsuccessful/],
    ['drop-before', /socket hang up|ECONNRESET/],
  ]) {
    await simulator.press('faults', { on: 'list', what, times: '1' });
    await assert.rejects(list(), { message }, what);
  }
  await list();
});

test("rivet's receiver takes a signed event and refuses a tampered one", async () => {
  const told = [];
  for (const event of ['meeting.created', 'meeting.started', 'meeting.ended', 'meeting.deleted']) {
    client.webEventConsumer.event(event, ({ payload }) => void told.push([event, payload.object]));
  }
  const { data: made } = await client.endpoints.meetings.createMeeting({ path: { userId: 'me' }, body: DRAFT });
  for (const deed of ['beginning', 'end', 'removal']) await simulator.press(`meetings/${made.id}/${deed}`, {});
  const arrived = (event, state) => simulator.webhook((one) => one.event === event && one.state === state && one.body.includes(String(made.id)));
  const deleted = await arrived('meeting.deleted', 'Delivered');
  await arrived('meeting.ended', 'Delivered');
  const of = (event) => told.find(([name, { id }]) => name === event && String(id) === String(made.id))?.[1];
  assert.equal(of('meeting.created').topic, DRAFT.topic, 'quotes and umlauts are signed as they are sent');
  assert.equal(typeof of('meeting.created').id, 'number');
  assert.equal(of('meeting.started').id, String(made.id));
  assert.match(of('meeting.ended').end_time, /Z$/);
  assert.equal(of('meeting.deleted').topic, DRAFT.topic);

  const before = told.length;
  for (const signature of ['tampered', 'wrong', 'missing']) {
    await simulator.press(`webhooks/${deleted.id}/forgery`, { signature });
    const refused = await simulator.webhook((one) => one.id > deleted.id && one.attempts.length === 1 && one.signature === signature);
    assert.equal(refused.attempts[0].status, 400, signature);
  }
  assert.equal(told.length, before);
});

test('rivet acts for a whole account as a server-to-server app', async () => {
  await simulator.press('apps', {
    name: 'Rivet for the account',
    client_id: 'rivet-account-id',
    client_secret: 'rivet-account-secret',
    webhook_secret: 'unused',
    redirect_uris: 'http://localhost:9/none',
    scopes: SCOPES.map((scope) => `${scope}:admin`).join(' '),
  });
  const account = new MeetingsS2SAuthClient({
    clientId: 'rivet-account-id',
    clientSecret: 'rivet-account-secret',
    accountId: ACCOUNT,
    disableReceiver: true,
  });
  const { data: made } = await account.endpoints.meetings.createMeeting({ path: { userId: 'jonas@halden.example' }, body: DRAFT });
  assert.equal(made.host_email, 'jonas@halden.example');
  assert.equal((await account.endpoints.meetings.deleteMeeting({ path: { meetingId: made.id } })).statusCode, 204);
});

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}

import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { models } from '../../checker/registry.js';
import { type Running, serve } from './server.js';
import { Session } from './session.js';

let running: Running;
beforeAll(async () => {
  const start = { model: 'two-phase-commit', config: { participants: 3 }, path: [] };
  running = await serve(new Session(models, start, () => ''), 0);
});
afterAll(() => running.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const ask = (
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(new URL(path, running.url), { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });

const JSON_TYPE = { 'Content-Type': 'application/json' };
const place = { model: 'two-phase-commit', config: { participants: 3 }, path: [0, 1] };
const at = (change: object = {}, headers: Record<string, string> = {}) =>
  ask('POST', '/api/at', { ...JSON_TYPE, ...headers }, JSON.stringify({ ...place, from: 0, ...change }));

test('listens on this machine alone', () => {
  expect(new URL(running.url).hostname).toBe('127.0.0.1');
});

test('answers its own page', async () => {
  const answer = await at();
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body).steps).toHaveLength(2);
  const { origin } = new URL(running.url);
  expect((await at({}, { Origin: origin, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
});

test.each([
  ['another origin', { Origin: 'http://evil.example' }],
  ['another port', { Origin: 'http://127.0.0.1:1' }],
  ['an opaque origin', { Origin: 'null' }],
  ['another name for this machine', { Host: 'evil.example' }],
  ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }],
])('refuses %s', async (_name, headers) => {
  expect((await at({}, headers as Record<string, string>)).status).toBe(403);
});

test('another name for this machine is not given the page either', async () => {
  expect((await ask('GET', '/', { Host: 'evil.example' })).status).toBe(403);
});

test('refuses what a form can send', async () => {
  const body = JSON.stringify({ ...place, from: 0 });
  expect((await ask('POST', '/api/at', { 'Content-Type': 'text/plain' }, body)).status).toBe(400);
});

test.each([
  [{ model: 'nobody' }, /no model named nobody/],
  [{ config: { participants: 99 } }, /not a configuration of two-phase-commit/],
  [{ path: [0, 99] }, /step 2: there is no action 99/],
  [{ path: ['x'] }, /expected number/],
  [{ path: new Array(6000).fill(0) }, /Too big/],
])('says what is wrong with %j', async (change, message) => {
  const { status, body } = await at(change);
  expect(status).toBe(400);
  expect(JSON.parse(body).error).toMatch(message);
});

test('what is too long is not read to its end', async () => {
  expect((await at({ model: 'x'.repeat(2_000_000) })).status).toBe(400);
});

test('nothing else is served', async () => {
  for (const path of ['/../package.json', '/api/at', '/x']) expect((await ask('GET', path)).status).toBe(404);
  expect((await ask('POST', '/api/__proto__', JSON_TYPE, '{}')).status).toBe(404);
});

test('the page is sent with a policy, and may not be framed', async () => {
  const { headers, body } = await ask('GET', '/');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['x-frame-options']).toBe('DENY');
  expect(body).not.toMatch(/<script>/);
});

/**
 * The explorer's HTTP server. It listens on this machine alone, and answers only a page of its own: a page from elsewhere
 * that the same browser shows cannot reach it by name (the Host must be ours), nor by address (the Origin must be ours),
 * nor with a plain form (requests are JSON).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { InputError } from '../../checker/errors.js';
import { asset, EXPLORER_POLICY, explorerPage } from '../page/html.js';
import { atSchema, placeSchema, seekSchema } from './protocol.js';
import type { Session } from './session.js';

const ADDRESS = '127.0.0.1';
const MOST_BYTES = 1_000_000;

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (value: unknown, status = 200): Reply => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});

const refuse = (status: number, error: string): Reply => json({ error }, status);

const headers = {
  'Content-Security-Policy': EXPLORER_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** Another name for this machine may be under somebody else's control. */
const isOurs = (request: IncomingMessage, port: number): boolean => {
  const hosts = [`${ADDRESS}:${port}`, `localhost:${port}`];
  const { host, origin } = request.headers;
  if (host === undefined || !hosts.includes(host)) return false;
  if (origin !== undefined && !hosts.map((name) => `http://${name}`).includes(origin)) return false;
  const site = request.headers['sec-fetch-site'];
  // A link from elsewhere may open the page; nothing else comes from elsewhere.
  return request.method === 'GET' || site === undefined || site === 'same-origin' || site === 'none';
};

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new InputError('send JSON');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new InputError(`more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new InputError('not JSON');
  }
};

const parsed = <S extends z.ZodType>(schema: S, body: unknown): z.output<S> => {
  const found = schema.safeParse(body);
  if (found.success) return found.data;
  throw new InputError(z.prettifyError(found.error));
};

type Handler = (session: Session, body: unknown) => unknown;

const handlers: Readonly<Record<string, Handler>> = {
  '/api/at': (session, body) => {
    const { from, ...place } = parsed(atSchema, body);
    return session.at(place, from);
  },
  '/api/seek': (session, body) => {
    const { target, ...place } = parsed(seekSchema, body);
    return session.seek(place, target);
  },
  '/api/seek/stop': (session) => {
    session.stopSeeking();
    return {};
  },
  '/api/trace': (session, body) => ({ trace: session.trace(parsed(placeSchema, body)) }),
  '/api/check': (session, body) => session.check(parsed(placeSchema, body)),
  '/api/check/stop': (session) => session.stopChecking(),
  '/api/check/status': (session) => session.status(),
};

const get = (session: Session, path: string): Reply => {
  switch (path) {
    case '/':
      return {
        status: 200,
        type: 'text/html; charset=utf-8',
        body: explorerPage('zab explore', { kind: 'explore', explore: session.data() }),
      };
    case '/explore.js':
      return { status: 200, type: 'text/javascript; charset=utf-8', body: asset('explore.js') };
    case '/style.css':
      return { status: 200, type: 'text/css; charset=utf-8', body: asset('style.css') };
    default:
      return refuse(404, 'not here');
  }
};

const answer = async (session: Session, request: IncomingMessage, port: number): Promise<Reply> => {
  if (!isOurs(request, port)) return refuse(403, 'only a page of this explorer is answered');
  const { pathname } = new URL(request.url ?? '/', `http://${ADDRESS}`);
  if (request.method === 'GET') return get(session, pathname);
  const handler = Object.hasOwn(handlers, pathname) ? handlers[pathname] : undefined;
  if (request.method !== 'POST' || handler === undefined) return refuse(404, 'not here');
  try {
    return json(await handler(session, await bodyOf(request)));
  } catch (error) {
    // What a model throws on a strange configuration is told too: the page is its only reader.
    return refuse(error instanceof InputError ? 400 : 500, (error as Error).message);
  }
};

const respond = async (
  session: Session,
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
) => {
  const { status, type, body } = await answer(session, request, port);
  response.writeHead(status, {
    ...headers,
    'Content-Type': type,
    Connection: status === 200 ? 'keep-alive' : 'close',
  });
  response.end(body);
};

export interface Running {
  readonly url: string;
  readonly close: () => Promise<void>;
}

const listening = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new InputError(`--port ${port}: in use`) : error),
    );
    server.listen(port, ADDRESS, () => resolve((server.address() as AddressInfo).port));
  });

/** @param port 0: any that is free. @throws InputError if the port is taken. */
export const serve = async (session: Session, port: number): Promise<Running> => {
  let actual = port;
  const server = createServer((request, response) => {
    respond(session, request, response, actual).catch((error: Error) => response.destroy(error));
  });
  actual = await listening(server, port);
  return {
    url: `http://${ADDRESS}:${actual}/`,
    close: () =>
      new Promise((resolve) => {
        session.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

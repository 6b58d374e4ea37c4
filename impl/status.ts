/** Health and metrics over HTTP: `/health` for machines (503 while there is no leader), `/metrics`, and a page for people. */
import { createServer, type Server as HttpServer } from 'node:http';
import type { Server } from './server.js';
import type { HostPort } from './config.js';
import { zxidText } from './logs.js';
import type { Metrics } from './metrics.js';

export interface Health {
  readonly id: number;
  readonly serving: boolean;
  readonly role: string;
  readonly phase: string;
  readonly leader: number | null;
  readonly epoch: number;
  readonly applied: string;
  readonly outstanding: number;
}

export const healthOf = (server: Server): Health => {
  const state = server.state;
  return {
    id: server.sid,
    serving: server.isServing,
    role: state?.state ?? 'STOPPED',
    phase: state === null ? 'STOPPED' : state.state === 'LOOKING' ? 'ELECTION' : state.phase,
    leader:
      state === null ? null : state.state === 'LEADING' ? state.sid : 'leader' in state ? state.leader : null,
    epoch: state?.currentEpoch ?? 0,
    applied: zxidText(server.applied),
    outstanding: server.outstanding,
  };
};

const page = (health: Health): string => {
  const rows = Object.entries(health).map(([key, value]) => `<tr><th>${key}<td>${value}`);
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>zab server ${health.id}</title>
<style>body{font:16px system-ui;margin:2em}th{text-align:left;padding-right:2em}</style>
<h1>zab server ${health.id}</h1><table>${rows.join('')}</table><p><a href="/metrics">metrics</a> <a href="/health">health</a>`;
};

/** @throws if the port is taken */
export const openStatus = async (
  server: Server,
  metrics: Metrics,
  { host, port }: HostPort,
): Promise<HttpServer> => {
  const http = createServer(async (request, response) => {
    const health = healthOf(server);
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    if (request.method !== 'GET') answer(405, 'text/plain', 'GET only\n');
    else if (request.url === '/health')
      answer(health.serving ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
    else if (request.url === '/metrics')
      answer(200, metrics.registry.contentType, await metrics.registry.metrics());
    else if (request.url === '/') answer(200, 'text/html', page(health));
    else answer(404, 'text/plain', 'not found\n');
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  });
  return http;
};

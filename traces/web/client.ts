/** The explorer's page asks its server; and the place that is shown stands in the address, to be shared. */
import type { At, CheckStatus, Sought } from '../explore/protocol.js';
import type { Place } from '../page/data.js';

const post = async <R>(path: string, body: unknown): Promise<R> => {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as R & { readonly error?: string };
  if (!response.ok) throw new Error(answer.error ?? `the server answers ${response.status}`);
  return answer;
};

export const at = (place: Place, from: number): Promise<At> => post('/api/at', { ...place, from });
export const seek = (place: Place, target: string): Promise<Sought> =>
  post('/api/seek', { ...place, target });
export const stopSeeking = (): Promise<unknown> => post('/api/seek/stop', {});
export const traceOf = (place: Place): Promise<{ readonly trace: string }> => post('/api/trace', place);
export const check = (place: Place): Promise<CheckStatus> => post('/api/check', { ...place, path: [] });
export const stopChecking = (): Promise<CheckStatus> => post('/api/check/stop', {});
export const checkStatus = (): Promise<CheckStatus> => post('/api/check/status', {});

/** `#model=zab&config={…}&path=0.3.12` */
export const addressOf = ({ model, config, path }: Place): string =>
  `#${new URLSearchParams({ model, config: JSON.stringify(config), path: path.join('.') })}`;

/** The numbers of `0.3.12`, or of `0 3 12`; null for anything else. */
export const parsePath = (text: string): readonly number[] | null => {
  const words = text.split(/[.,\s]+/).filter((word) => word !== '');
  return words.every((word) => /^\d{1,7}$/.test(word)) ? words.map(Number) : null;
};

/** The place in an address; null if it names none. @throws Error if it does, and cannot be understood. */
export const placeIn = (hash: string): Place | null => {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const model = parameters.get('model');
  if (model === null) return null;
  const path = parsePath(parameters.get('path') ?? '');
  if (path === null) throw new Error('the path in the address is not a list of numbers');
  const config: unknown = JSON.parse(parameters.get('config') ?? '{}');
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new Error('the configuration in the address is not an object');
  return { model, config: config as Place['config'], path };
};

/** For tests: the captures of real servers, which lie beside the checkout where there are any. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Above both the sources and what they compile to. */
const FOLDERS = ['../../../shared/', '../../../../shared/'].map((path) =>
  fileURLToPath(new URL(`${path}zookeeper-3.8.0/captures/`, import.meta.url)),
);

const folder = FOLDERS.find((candidate) => existsSync(candidate));

/** Why a test on them is skipped; undefined where they are. */
export const whyNoCaptures =
  folder === undefined ? 'no captures in ../shared/zookeeper-3.8.0/captures beside the checkout' : undefined;

/** Names and texts. */
export const captures = (): readonly (readonly [string, string])[] =>
  folder === undefined
    ? []
    : readdirSync(folder)
        .filter((name) => name.endsWith('.ndjson'))
        .map((name) => [name.replace('.ndjson', ''), readFileSync(`${folder}${name}`, 'utf8')] as const);

/**
 * A page in one file, which loads nothing: data, script and style are part of it, and its content security policy lets
 * nothing else run. Data may come from a stranger's trace, so it is no part of any markup: it stands in an element that
 * is not a script, with every `<` escaped, and the script sets it as text.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { PageData } from './data.js';

/** The bundles that the build makes of traces/web; seen from here, or from the source. */
const bundled = (name: string): string => {
  for (const path of [`../web/${name}`, `../../dist/traces/web/${name}`]) {
    const file = new URL(path, import.meta.url);
    if (existsSync(file)) return readFileSync(file, 'utf8');
  }
  throw new Error(`${name} is not built: npm run build`);
};

export const asset = (name: 'run.js' | 'report.js' | 'explore.js' | 'style.css'): string => bundled(name);

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character]!);

/** JSON that no HTML parser can leave: nothing in it looks like markup. */
const embedded = (data: PageData): string =>
  JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Cpath d=%22M4 1v14M12 1v14M4 4l8 7%22 stroke=%22%230b62d6%22 stroke-width=%222%22 fill=%22none%22/%3E%3C/svg%3E';

interface Head {
  readonly title: string;
  readonly policy?: string;
  readonly style: string;
}

const document = ({ title, policy, style }: Head, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${policy === undefined ? '' : `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${ICON}">
${style}
</head>
<body>
<div id="app"><noscript>This page draws itself with JavaScript; nothing is loaded from anywhere.</noscript></div>
${body}
</body>
</html>
`;

const dataElement = (data: PageData): string =>
  `<script type="application/json" id="data">${embedded(data)}</script>`;

/** Everything in one file. */
export const selfContainedPage = (title: string, data: PageData): string => {
  const script = asset(data.kind === 'report' ? 'report.js' : 'run.js');
  const style = asset('style.css');
  const policy = [
    "default-src 'none'",
    `script-src ${sha256(script)}`,
    `style-src ${sha256(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const body = `${dataElement(data)}\n<script>${script}</script>`;
  return document({ title, policy, style: `<style>${style}</style>` }, body);
};

export const EXPLORER_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page of the explorer, which its server sends with the policy and the assets beside it. */
export const explorerPage = (title: string, data: PageData): string =>
  document(
    { title, style: '<link rel="stylesheet" href="/style.css">' },
    `${dataElement(data)}\n<script src="/explore.js"></script>`,
  );

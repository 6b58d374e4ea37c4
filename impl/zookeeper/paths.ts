/** Paths of nodes. Source: PathUtils.validatePath. */

/** Control characters, surrogates, private use and what is no character: none of them is fit for a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNFIT = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;
/** A name that is none: nothing at all, or what elsewhere means this node or the one above. */
const UNNAMED = /\/\.{0,2}(?:\/|$)/;

export const isValidPath = (path: string): boolean =>
  path === '/' || (path.startsWith('/') && !UNFIT.test(path) && !UNNAMED.test(path));

/** Of any path but the root. */
export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

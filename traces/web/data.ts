/** Where a page finds its data: in an element of its own, as JSON. */
import type { PageData } from '../page/data.js';

export const pageData = <K extends PageData['kind']>(kind: K): Extract<PageData, { kind: K }> => {
  const text = document.getElementById('data')?.textContent ?? '';
  const data = JSON.parse(text) as PageData;
  if (data.kind !== kind) throw new Error(`the page is a ${kind}, its data a ${data.kind}`);
  return data as Extract<PageData, { kind: K }>;
};

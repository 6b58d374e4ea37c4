/** A recording of a life that was cut short, by a crash say: it has no end line, and perhaps half a line instead. */

/** As if it had ended in front of that. */
export const completed = (text: string): string => {
  const lines = text.split('\n');
  lines.pop();
  if (lines.at(-1)?.startsWith('{"end"')) return text;
  return `${[...lines, JSON.stringify({ end: true, steps: lines.length - 1 })].join('\n')}\n`;
};

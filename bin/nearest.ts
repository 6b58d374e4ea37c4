/** For a name that nobody knows: the known ones that it was most likely meant to be. */

/** Edits between two words: insertions, deletions, replacements, and swaps of neighbours. */
const distance = (a: string, b: string): number => {
  const rows = [[...Array(b.length + 1).keys()]];
  for (let i = 1; i <= a.length; i++) {
    const above = rows[i - 1]!;
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
};

const TOO_LONG = 100;

/** The nearest first; none that shares too little. */
export const nearest = (word: string, known: readonly string[]): readonly string[] => {
  if (word.length > TOO_LONG) return [];
  const lower = word.toLowerCase();
  return known
    .map((name) => {
      const other = name.toLowerCase();
      const part = lower.length > 2 && (other.includes(lower) || lower.includes(other));
      return { name, edits: part ? 1 : distance(lower, other) };
    })
    .filter(({ name, edits }) => edits <= Math.max(1, Math.min(4, name.length * 0.4)))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ name }) => name);
};

const MANY = 12;

/** How a sentence about an unknown name goes on: what it may have meant, or what there is. */
export const suggestion = (word: string, known: readonly string[]): string => {
  const near = nearest(word, known);
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  if (known.length === 0) return 'there is none';
  const some = known.slice(0, MANY).join(', ');
  return known.length > MANY ? `among the known: ${some}, …` : `known: ${some}`;
};

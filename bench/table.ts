/** Columns of text, and numbers as people read them. */

/** The first column to the left, the others to the right. */
export const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
};

export const grouped = (value: number): string => value.toLocaleString('en-US');

export const seconds = (value: number): string => value.toFixed(value < 10 ? 2 : 1);

export const ratio = (value: number): string => value.toFixed(value < 10 ? 2 : 0);

export const millions = (perSecond: number): string => `${(perSecond / 1e6).toFixed(2)} M`;

export const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;

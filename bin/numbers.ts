/** Numbers for people: printed with separators, units and few digits; read with the suffixes that people write. */

/** 1234567 as 1,234,567; the same in every locale. */
export const grouped = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');

const scaled = (n: number, step: number, units: readonly string[], gap: string): string => {
  let unit = 0;
  // 999.95 would be printed as 1000.0.
  while (unit < units.length - 1 && n >= step * 0.99995) {
    n /= step;
    unit++;
  }
  if (unit === 0) return `${Math.round(n)}${units[0] ? gap + units[0] : ''}`;
  return `${n >= 99.95 ? n.toFixed(0) : n.toPrecision(3)}${gap}${units[unit]}`;
};

/** 1234567 as 1.23M. */
export const short = (n: number): string => scaled(n, 1000, ['', 'k', 'M', 'G'], '');

export const bytes = (n: number): string => scaled(n, 1024, ['B', 'KiB', 'MiB', 'GiB'], ' ');

export const duration = (seconds: number): string => {
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  const pad = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)} h` : `${minutes}:${pad(whole % 60)} min`;
};

/** As TLC prints it. */
export const probability = (p: number): string => (p === 0 ? '0' : p.toExponential(1).replace('e', 'E'));

const BARS = '▁▂▃▄▅▆▇█';

/** A row of bars, at most so many; where there are more values, a bar stands for the greatest of several. */
export const sparkline = (values: readonly number[], width: number): string => {
  if (values.length === 0) return '';
  const bars = Math.min(width, values.length);
  const groups = Array.from({ length: bars }, (_, i) =>
    Math.max(
      ...values.slice(Math.floor((i * values.length) / bars), Math.floor(((i + 1) * values.length) / bars)),
    ),
  );
  const most = Math.max(...groups, 1);
  return groups.map((v) => BARS[Math.min(BARS.length - 1, Math.floor((v / most) * BARS.length))]).join('');
};

const DECIMAL: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const BINARY: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

const parse = (text: string, suffix: RegExp, units: Readonly<Record<string, number>>): number | undefined => {
  const match = /^(\d[\d_]*(?:\.\d+)?(?:e\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (match === null || !suffix.test(match[2]!)) return undefined;
  const unit = units[match[2]!.toLowerCase().charAt(0)] ?? 1;
  const value = Number(match[1]!.replaceAll('_', '')) * unit;
  return Number.isFinite(value) ? value : undefined;
};

/** 4G, 512M, 1.5GiB or plain bytes. */
export const parseBytes = (text: string): number | undefined => {
  const value = parse(text, /^([kmgt](i?b)?|b)?$/i, BINARY);
  return value === undefined ? undefined : Math.floor(value);
};

/** 1000000, 1_000_000, 1e6 or 1M. */
export const parseCount = (text: string): number | undefined => {
  const value = parse(text, /^[kmg]?$/i, DECIMAL);
  return Number.isSafeInteger(value) ? value : undefined;
};

/** 30, 0.5 or 90s; minutes and hours by m and h. */
export const parseSeconds = (text: string): number | undefined =>
  parse(text, /^[smh]?$/i, { '': 1, s: 1, m: 60, h: 3600 });

import { expect, test } from 'vitest';
import {
  bytes,
  duration,
  grouped,
  parseBytes,
  parseCount,
  parseSeconds,
  probability,
  short,
  sparkline,
} from './numbers.js';

test('numbers for people', () => {
  expect([0, 999, 1000, 1234567, 10340352].map(grouped)).toEqual([
    '0',
    '999',
    '1,000',
    '1,234,567',
    '10,340,352',
  ]);
  expect([0, 7, 999, 1000, 12345, 999999, 1234567, 123558402].map(short)).toEqual([
    '0',
    '7',
    '999',
    '1.00k',
    '12.3k',
    '1.00M',
    '1.23M',
    '124M',
  ]);
  expect([512, 1024, 2 ** 30].map(bytes)).toEqual(['512 B', '1.00 KiB', '1.00 GiB']);
  expect([0, 1.234, 59.94, 60, 3599, 3661].map(duration)).toEqual([
    '0.00 s',
    '1.23 s',
    '59.9 s',
    '1:00 min',
    '59:59 min',
    '1:01:01 h',
  ]);
  expect([0, 3.94e-8].map(probability)).toEqual(['0', '3.9E-8']);
});

test('sizes, counts and times as people write them', () => {
  expect(['4G', '512M', '1.5GiB', '1kb', '100'].map(parseBytes)).toEqual([
    4 * 2 ** 30,
    512 * 2 ** 20,
    1.5 * 2 ** 30,
    1024,
    100,
  ]);
  expect(['1000', '1_000_000', '1e6', '5M', '2k'].map(parseCount)).toEqual([1000, 1e6, 1e6, 5e6, 2000]);
  expect(['30', '0.5', '90s', '2m', '1h'].map(parseSeconds)).toEqual([30, 0.5, 90, 120, 3600]);
  for (const wrong of ['', 'x', '-1', '4X', '1.2.3', 'G', '4 GG', 'NaN', '1e999']) {
    expect([wrong, parseBytes(wrong), parseCount(wrong), parseSeconds(wrong)]).toEqual([
      wrong,
      undefined,
      undefined,
      undefined,
    ]);
  }
  expect(parseCount('1.5')).toBeUndefined();
});

test('a sparkline is as wide as it may be', () => {
  expect(sparkline([], 10)).toBe('');
  expect(sparkline([0, 4, 8], 10)).toBe('▁▅█');
  expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 4)).toHaveLength(4);
  expect(sparkline([0, 0], 10)).toBe('▁▁');
});

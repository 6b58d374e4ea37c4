import { describe, expect, test } from 'vitest';
import { LogFormatError } from '../format/log.js';
import { type Validation, validate } from '../validate.js';
import { captureLog } from './capture.js';
import { captures, whyNoCaptures } from './testing.js';

/** What is accepted takes a twentieth of it, and each refusal less. */
const MOST_STEPS = 300_000;

const judged = (text: string): Validation => validate(captureLog(text), { maxSteps: MOST_STEPS });

interface Line {
  ev: string;
  ch?: string;
  type?: string;
  raw?: string;
  conn?: number;
  from?: number;
  seq?: number;
  held?: boolean;
}

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const textOf = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** The n-th message (from 0) that fits. */
const find = (lines: readonly Line[], fits: Partial<Line>, n = 0): number => {
  const all = lines.flatMap((line, i) =>
    line.ev === 'msg' && Object.entries(fits).every(([key, value]) => line[key as keyof Line] === value)
      ? [i]
      : [],
  );
  const at = all.at(n);
  if (at === undefined) throw new Error(`no message ${n} like ${JSON.stringify(fits)}`);
  return at;
};

const ZXID_AT = 8;

/** The zxid of a quorum packet, moved on. */
const otherZxid = (raw: string, by = 1n): string => {
  const zxid = BigInt.asIntN(64, BigInt(`0x${raw.slice(ZXID_AT, ZXID_AT + 16)}`)) + by;
  return (
    raw.slice(0, ZXID_AT) + BigInt.asUintN(64, zxid).toString(16).padStart(16, '0') + raw.slice(ZXID_AT + 16)
  );
};

const damages: Readonly<Record<string, (lines: Line[]) => void>> = {
  'a COMMIT is missing': (lines) => {
    lines.splice(find(lines, { type: 'COMMIT' }), 1);
  },
  'NEWLEADER is missing': (lines) => {
    lines.splice(find(lines, { type: 'NEWLEADER' }), 1);
  },
  'a PROPOSAL is missing': (lines) => {
    lines.splice(find(lines, { type: 'PROPOSAL' }, 1), 1);
  },
  'a COMMIT of another zxid': (lines) => {
    const line = lines[find(lines, { type: 'COMMIT' })]!;
    line.raw = otherZxid(line.raw!);
  },
  'an ACK of another zxid': (lines) => {
    const line = lines[find(lines, { type: 'ACK' }, -1)]!;
    line.raw = otherZxid(line.raw!);
  },
  'LEADERINFO of another epoch': (lines) => {
    const line = lines[find(lines, { type: 'LEADERINFO' }, -1)]!;
    line.raw = otherZxid(line.raw!, 1n << 32n);
  },
  'a DIFF to another zxid': (lines) => {
    const line = lines[find(lines, { type: 'DIFF' }, -1)]!;
    line.raw = otherZxid(line.raw!);
  },
  'UPTODATE before NEWLEADER': (lines) => {
    const { conn } = lines[find(lines, { type: 'UPTODATE' }, -1)]!;
    const [i, j] = [
      find(lines, { type: 'NEWLEADER', conn: conn! }),
      find(lines, { type: 'UPTODATE', conn: conn! }),
    ];
    [lines[i], lines[j]] = [lines[j]!, lines[i]!];
  },
  'a COMMIT before its PROPOSAL': (lines) => {
    const { conn } = lines[find(lines, { type: 'COMMIT' }, -1)]!;
    const [i, j] = [
      find(lines, { type: 'PROPOSAL', conn: conn! }, -1),
      find(lines, { type: 'COMMIT', conn: conn! }, -1),
    ];
    [lines[i], lines[j]] = [lines[j]!, lines[i]!];
  },
};

describe.skipIf(whyNoCaptures)('captures of real servers', { timeout: 60_000 }, () => {
  test.for(captures())('%s is what zookeeper-3.8 allows', ([name, text]) => {
    const log = captureLog(text, name);
    const { verdict, servers } = validate(log, { maxSteps: MOST_STEPS });
    expect({ verdict, why: servers.map(({ verdict: one }) => one) }).toMatchObject({ verdict: 'accepted' });
    expect(servers.reduce((sum, { explained }) => sum + explained, 0)).toBe(log.events.length);
  });

  const written = captures().filter(([name]) => name === 'b-writes' || name === 'c3-leader-crash-diff');
  const cases = Object.keys(damages).flatMap((damage) =>
    written.map(([name, text]) => [damage, name, text] as const),
  );
  test.for(cases)('damaged: %s in %s', ([damage, , text]) => {
    const lines = linesOf(text);
    damages[damage]!(lines);
    expect(judged(textOf(lines)).verdict).toBe('rejected');
  });

  test('each event says which line of the capture it is from', () => {
    const [name, text] = captures()[0]!;
    for (const event of captureLog(text, name).events)
      expect(linesOf(text)[event.source!.line! - 1]!.ev).toMatch(/msg|release|open|srcEnd|close|node|state/);
  });
});

describe('what is no capture is refused by name', () => {
  const refused = (text: string): string => {
    try {
      captureLog(text);
    } catch (error) {
      expect(error).toBeInstanceOf(LogFormatError);
      return `line ${(error as LogFormatError).line}: ${(error as Error).message}`;
    }
    return 'taken';
  };
  const message = { ev: 'msg', seq: 1, ch: 'Q', conn: 1, from: 1, to: 2, type: 'COMMIT' };
  const raw = '000000040000000100000001ffffffffffffffff';
  const text = (line: object): string => `${JSON.stringify(line)}\n`;

  test.each([
    ['', 'line 1: the file is empty'],
    ['\n', 'line 1: an empty line'],
    ['nonsense\n', 'line 1: not a line of JSON'],
    ['{}\n', 'line 1: no line of a capture: "ev" is absent'],
    [text({ ev: 'toString' }), 'line 1: no line of a capture: "ev" is "toString"'],
    [text(message), 'line 1: raw: Invalid input: expected string, received undefined'],
    [text({ ...message, raw: 'xy' }), 'line 1: raw: must be bytes in hexadecimal'],
    [text({ ...message, raw: '0000' }), 'line 1: raw: a field lies beyond the packet'],
    [text({ ...message, type: 'ACK', raw }), 'line 1: raw: the line says ACK, its bytes say COMMIT'],
    [text({ ...message, raw }) + text({ ...message, raw }), 'line 2: seq: 1 was there before'],
    [text({ ev: 'release', ref: 7 }), 'line 1: ref: no message before it has seq 7'],
    [text({ ...message, raw }), 'line 1: no notification in it says who votes: this capture is cut short'],
    [
      text({
        ...message,
        raw: '0000000400000000ffffffffffffffffffffffff'.replace('00000000ff', '7fffffffff'),
      }),
      'line 1: zxid 9223372036854775807 is none of an epoch below 2^21',
    ],
  ])('%j', (one, why) => {
    expect(refused(one)).toBe(why);
  });
});

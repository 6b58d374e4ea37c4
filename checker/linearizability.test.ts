import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { operationsOf } from './linearizability/history.js';
import { type Event, judge, register, type Specification, store } from './linearizability.js';

/** Returns what it counted to, so that an effect can be seen before its own result is. */
const counter: Specification<number, 'increment' | 'get', number> = {
  initial: 0,
  apply: (count, operation) =>
    operation === 'increment' ? { state: count + 1, result: count + 1 } : { state: count, result: count },
  agrees: Object.is,
  isRead: (operation) => operation === 'get',
};

const number = register<number>(0);
const write = (value: number) => ({ type: 'write', value }) as const;
const read = { type: 'read' } as const;

type RegisterEvent = Event<{ type: 'read' } | { type: 'write'; value: number }, number | null>;
const call = <O>(process: string, operation: O) => ({ process, call: operation });
const returns = <R>(process: string, result: R) => ({ process, result });

/** The definition, spelled out: try every order of every choice of what happened. */
const bruteForce = <S, O, R>(
  specification: Specification<S, O, R>,
  events: readonly Event<O, R>[],
): boolean => {
  const operations = operationsOf(events);
  const search = (rest: readonly number[], states: S): boolean =>
    rest.every((index) => operations[index]!.returned === undefined) ||
    rest.some((index) => {
      const { called, operation, returned } = operations[index]!;
      if (rest.some((other) => (operations[other]!.returned?.at ?? Infinity) < called)) return false;
      const { state, result } = specification.apply(states, operation);
      if (returned && !specification.agrees(result, returned.result)) return false;
      return search(
        rest.filter((other) => other !== index),
        state,
      );
    });
  return search([...operations.keys()], specification.initial);
};

/** Clients that take turns at random: each step of a client calls, or ends what it called. */
const histories = <O, R>(operation: fc.Arbitrary<O>, result: fc.Arbitrary<R>): fc.Arbitrary<Event<O, R>[]> =>
  fc
    .array(
      fc.record({
        process: fc.constantFrom('a', 'b', 'c'),
        operation,
        result,
        end: fc.constantFrom('result', 'result', 'result', 'result', 'lost', 'failed'),
      }),
      { maxLength: 14, size: 'max' },
    )
    .map((turns) => {
      const open = new Set<string>();
      return turns.map(({ process, operation, result, end }): Event<O, R> => {
        if (!open.has(process)) {
          open.add(process);
          return { process, call: operation };
        }
        open.delete(process);
        if (end === 'result') return { process, result };
        return end === 'lost' ? { process, lost: true } : { process, failed: true };
      });
    });

const value = fc.integer({ min: 0, max: 2 });
const registerOperation = fc.oneof(fc.constant(read), value.map(write));

/** The result of a write is null, of a read a value; drawn results are made to fit. */
const fitting = (events: readonly Event<any, number>[]): RegisterEvent[] => {
  const last = new Map<unknown, { type: string }>();
  return events.map((event) => {
    if ('call' in event) last.set(event.process, event.call);
    return 'result' in event && last.get(event.process)?.type === 'write'
      ? { ...event, result: null }
      : event;
  });
};

const shortestByBruteForce = <S, O, R>(
  specification: Specification<S, O, R>,
  events: readonly Event<O, R>[],
): number => {
  const failed = failedCalls(events);
  const prefix = (end: number) => events.slice(0, end).filter((_, at) => !failed.has(at));
  return events.findIndex((_, at) => !bruteForce(specification, prefix(at + 1))) + 1;
};

/** Both events of each operation that failed. */
const failedCalls = (events: readonly Event<any, any>[]): ReadonlySet<number> => {
  const called = new Map<unknown, number>();
  return new Set(
    events.flatMap((event, at) => {
      if ('call' in event) called.set(event.process, at);
      return 'failed' in event ? [called.get(event.process)!, at] : [];
    }),
  );
};

const agreesWithBruteForce = <S, O, R>(
  specification: Specification<S, O, R>,
  events: readonly Event<O, R>[],
): void => {
  const verdict = judge(specification, events);
  const shortest = shortestByBruteForce(specification, events);
  if (shortest === 0) expect(verdict.verdict).toBe('linearizable');
  else expect(verdict).toMatchObject({ verdict: 'not-linearizable', prefix: shortest });
};

describe('agrees with trying every order', () => {
  test('on registers', () => {
    fc.assert(
      fc.property(histories(registerOperation, value), (events) =>
        agreesWithBruteForce(number, fitting(events)),
      ),
      { numRuns: 2000 },
    );
  });

  test('on counters, whose operations see their own effects', () => {
    const operation = fc.constantFrom('increment' as const, 'get' as const);
    fc.assert(
      fc.property(histories(operation, fc.integer({ min: 0, max: 4 })), (events) =>
        agreesWithBruteForce(counter, events),
      ),
      { numRuns: 2000 },
    );
  });

  test('on stores, judged key by key', () => {
    const whole: Specification<Record<string, number>, any, number | null> = {
      initial: {},
      apply: (values, { type, key, value }) =>
        type === 'write'
          ? { state: { ...values, [key]: value }, result: null }
          : { state: values, result: values[key] ?? 0 },
      agrees: Object.is,
      isRead: ({ type }) => type === 'read',
    };
    const key = fc.constantFrom('x', 'y');
    const operation = fc.tuple(registerOperation, key).map(([what, on]) => ({ ...what, key: on }));
    fc.assert(
      fc.property(histories(operation, value), (drawn) => {
        const events = fitting(drawn) as Event<any, number | null>[];
        const shortest = shortestByBruteForce(whole, events);
        const verdict = judge(store<number>(0), events);
        expect(verdict.verdict).toBe(shortest === 0 ? 'linearizable' : 'not-linearizable');
        if (verdict.verdict === 'not-linearizable') expect(verdict.prefix).toBe(shortest);
        if (verdict.verdict === 'linearizable') expectWitness(whole, verdict.order);
      }),
      { numRuns: 1000 },
    );
  });
});

const expectWitness = <S, O, R>(
  specification: Specification<S, O, R>,
  order: readonly { operation: O; result?: R }[],
): void => {
  let state = specification.initial;
  for (const { operation, result } of order) {
    const next = specification.apply(state, operation);
    if (result !== undefined) expect(specification.agrees(next.result, result)).toBe(true);
    state = next.state;
  }
};

describe('what never returned', () => {
  test('may have happened', () => {
    const events: RegisterEvent[] = [
      call('a', write(1)),
      { process: 'a', lost: true },
      call('b', read),
      returns('b', 0),
      call('b', read),
      returns('b', 1),
    ];
    expect(judge(number, events)).toMatchObject({ verdict: 'linearizable' });
  });

  test('happens at most once', () => {
    const events: RegisterEvent[] = [
      call('a', write(1)),
      ...[1, 0].flatMap((seen) => [call('b', read), returns('b', seen)]),
    ];
    expect(judge(number, events)).toEqual({ verdict: 'not-linearizable', prefix: 5, part: null });
  });

  test('did not happen if it failed', () => {
    const events: RegisterEvent[] = [
      call('a', write(1)),
      { process: 'a', failed: true },
      call('b', read),
      returns('b', 1),
    ];
    expect(judge(number, events)).toMatchObject({ verdict: 'not-linearizable', prefix: 4 });
  });
});

test('the culprit is the return that contradicts itself, not one that has seen its effect', () => {
  const events: Event<'increment' | 'get', number>[] = [
    call('a', 'increment'),
    call('b', 'get'),
    returns('b', 1),
    call('c', 'get'),
    returns('c', 1),
    returns('a', 7),
  ];
  expect(judge(counter, events)).toMatchObject({ verdict: 'not-linearizable', prefix: 6 });
});

test('what is no history is refused', () => {
  expect(() => judge(number, [returns('a', 0)])).toThrow('event 0: a has not called anything');
  expect(() => judge(number, [call('a', read), call('a', read)])).toThrow('event 1: a calls before');
});

test('a bound on the search is reported', () => {
  const events: RegisterEvent[] = [
    call('a', write(1)),
    call('b', write(2)),
    returns('a', null),
    returns('b', null),
  ];
  expect(judge(number, events, { maxSteps: 1 })).toEqual({ verdict: 'undetermined', part: null });
});

describe('long histories', () => {
  /** What clients of a real register see: each operation takes effect between its call and its return. */
  const recorded = (operations: number, clients: number, lostOneIn: number): RegisterEvent[] => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const events: RegisterEvent[] = [];
    const doing = new Map<
      number,
      { operation: ReturnType<typeof write> | typeof read; result?: number | null }
    >();
    let held = 0;
    for (let called = 0; called < operations || doing.size > 0; ) {
      const client = random(clients);
      const process = `client ${client}`;
      const current = doing.get(client);
      if (current === undefined) {
        if (called++ >= operations) continue;
        const operation = random(2) === 0 ? read : write(random(1000));
        doing.set(client, { operation });
        events.push({ process, call: operation });
      } else if (current.result === undefined) {
        if (current.operation.type === 'write') held = current.operation.value;
        current.result = current.operation.type === 'write' ? null : held;
      } else {
        doing.delete(client);
        events.push(random(lostOneIn) === 0 ? { process, lost: true } : { process, result: current.result });
      }
    }
    return events;
  };

  test('100,000 operations of 20 clients are found linearizable', () => {
    const verdict = judge(number, recorded(100_000, 20, Infinity));
    expect(verdict.verdict).toBe('linearizable');
  }, 20_000);

  test('so are 20,000 of which one in a hundred was lost', () => {
    const verdict = judge(number, recorded(20_000, 10, 100));
    expect(verdict.verdict).toBe('linearizable');
  }, 20_000);

  test('a stale read near the end of 20,000 operations is found', () => {
    const events = recorded(20_000, 10, Infinity);
    const at = events.findLastIndex((event) => 'result' in event && event.result !== null);
    events[at] = { process: events[at]!.process, result: -1 };
    expect(judge(number, events)).toEqual({ verdict: 'not-linearizable', prefix: at + 1, part: null });
  }, 20_000);
});

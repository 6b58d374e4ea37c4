/** The audit: it passes every model that is a function, and catches each way of not being one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from './check.js';
import { ModelError } from './errors.js';
import { counters } from './kinds.js';
import {
  apply,
  group,
  type Kind,
  type Model,
  type Outcome,
  property,
  put,
  read,
  type View,
} from './model.js';
import { modelNamed } from './registry.js';
import { randomModel } from './testing.js';

const parameters = fc.record({
  seed: fc.nat(1_000_000),
  slotCount: fc.integer({ min: 1, max: 5 }),
  groupCount: fc.integer({ min: 1, max: 6 }),
  rarity: fc.constantFrom(3, 20, 1000),
});

test('random models are functions, and the audit says so', async () => {
  await fc.assert(
    fc.asyncProperty(parameters, async ({ seed, slotCount, groupCount, rarity }) => {
      const model = randomModel(seed, slotCount, groupCount, rarity);
      const { audit } = await check(model, { maxDepth: 6, keepGoing: true, audit: 1 });
      expect(audit!.audited).toBe(audit!.memoised);
    }),
    { numRuns: 60 },
  );
});

test('every n-th call is made again', async () => {
  const { audit } = await check(modelNamed('two-phase-commit').build({ participants: 4 }), { audit: 7 });
  expect(audit!.memoised).toBeGreaterThan(50);
  expect(audit!.audited).toBe(Math.ceil(audit!.memoised / 7));
});

test('Zab is a function', async () => {
  const model = modelNamed('zab').build({ crashes: 0, elections: 1, persistence: 'async' });
  const { audit, verdict } = await check(model, { audit: 1 });
  expect(verdict).toBe('verified');
  expect(audit!.audited).toBeGreaterThan(1000);
});

/** Counts down from three; `count` is called once by every function that can be made impure. */
type Function = 'view' | 'operation' | 'group' | 'value' | 'action property' | 'state property';

const downFrom = (impure: Function, after: number): Model => {
  let calls = 0;
  /** The value, until the function in question has been called so often. */
  const honest = <V>(by: Function, value: V, lie: V): V => (by === impure && ++calls > after ? lie : value);
  const budgets = counters<'left'>('budgets');
  const kind: Kind<{ left: number }, { readonly spend: 'left' }> = {
    name: 'budgets',
    apply: (value, operation) =>
      honest('operation', budgets.apply(value, operation) as { left: number }, { left: 0 }),
  };
  const slot = { name: 'budgets', kind, initial: { left: 3 } };
  const last = { name: 'last', kind: { name: 'last', apply: (value: number) => value }, initial: 0 };
  const left: View<{ left: number }, number> = { name: 'left', of: (value) => honest('view', value.left, 0) };
  return {
    name: 'down',
    config: {},
    slots: [slot, last],
    groups: [
      group({
        name: 'spend',
        urgency: 'progress',
        reads: [read(slot, left)],
        outcomes: ([n]): readonly Outcome[] =>
          n === 0
            ? []
            : honest(
                'group',
                [
                  {
                    action: { name: 'spend' },
                    writes: [apply(slot, { spend: 'left' }), put(last, honest('value', n, 9))],
                  },
                ],
                [],
              ),
      }),
    ],
    invariants: [
      {
        name: 'Spends',
        claim: 'It spends.',
        source: 'this test',
        on: 'action',
        holds: () => honest('action property', true, false),
      },
      {
        on: 'state',
        ...property({
          name: 'Any',
          claim: 'Any.',
          source: 'this test',
          reads: [read(slot)],
          holds: () => honest('state property', true, false),
        }),
      },
    ],
    goals: [],
    actions: ['spend'],
  };
};

describe('what is no function is named', () => {
  const caught = async (impure: Function, after: number, every = 1): Promise<string> => {
    const error = await check(downFrom(impure, after), { audit: every }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ModelError);
    return error.message;
  };

  test('a reducer that counts its calls: other outcomes', async () => {
    expect(await caught('group', 3)).toBe(
      'group spend of [3] is no function: it gave {"action":"spend","noteworthy":[],"writes":{"budgets":"operation {\\"spend\\":\\"left\\"}","last":"3"}} and now gives nothing',
    );
  });

  test('and another component', async () => {
    expect(await caught('value', 3)).toMatch(
      /^group spend of \[3\] is no function: .*"last":"3".*"last":"9"/,
    );
  });

  test('a view', async () => {
    expect(await caught('view', 4)).toBe(
      'view left of budgets {"left":3} is no function: it gave 3 and now gives 0',
    );
  });

  test('an operation', async () => {
    expect(await caught('operation', 3)).toMatch(
      /^operation {"spend":"left"} of budgets {"left":\d} is no function: it gave .* and now gives {"left":0}/,
    );
  });

  test('a property of actions', async () => {
    expect(await caught('action property', 3)).toMatch(/is no function: it gave .*\[\].*"Spends"/);
  });

  test('a property of states', async () => {
    expect(await caught('state property', 4)).toBe(
      'property Any of [{"left":3}] is no function: it gave true and now gives false',
    );
  });

  test('what is not in the sample is not seen', async () => {
    // Of the three calls of the group that are made again, only the first to come is.
    await expect(check(downFrom('group', 3), { audit: 1000 })).resolves.toMatchObject({
      verdict: 'verified',
    });
  });
});

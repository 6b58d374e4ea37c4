/**
 * The dumb reference explorer: whole states, canonical strings in a Map, no tables, no fingerprints, nothing clever.
 * For tests: on every small model it and the engine must agree in everything that both report.
 */
import { type Action, argumentValue, type Goal, type Invariant, type Model, type Outcome } from './model.js';
import { enabled, initialState, isTerminal, type State, stateKey } from './plain.js';

export interface TwinResult {
  readonly verdict: 'verified' | 'violated' | 'incomplete';
  readonly complete: boolean;
  readonly distinct: number;
  readonly generated: number;
  readonly depth: number;
  readonly levels: readonly number[];
  readonly terminal: number;
  readonly coverage: Readonly<Record<string, number>>;
  readonly goalDepths: readonly (number | null)[];
  /**
   * Every invariant found broken by the end of the search's last level, the least path first; then, of a complete search,
   * every applicable goal that was not reached.
   */
  readonly violations: readonly { readonly property: string; readonly path: readonly Action[] }[];
}

interface Known {
  readonly state: State;
  readonly path: readonly Action[];
}

interface Found {
  readonly index: number;
  readonly path: readonly Action[];
}

export interface TwinOptions {
  readonly maxDepth?: number;
  readonly keepGoing?: boolean;
}

/** @throws whatever a function of the model throws. */
export const twin = (model: Model, options: TwinOptions = {}): TwinResult => new Twin(model, options).run();

class Twin {
  private readonly known = new Map<string, Known>();
  private readonly broken: Found[] = [];
  private readonly reached: (number | null)[];
  private readonly coverage: Record<string, number>;
  private readonly levels: number[] = [];
  private generated = 1;
  private terminal = 0;

  constructor(
    private readonly model: Model,
    private readonly options: TwinOptions,
  ) {
    this.reached = model.goals.map(() => null);
    this.coverage = Object.fromEntries(model.actions.map((name) => [name, 0]));
  }

  run(): TwinResult {
    let frontier: Known[] = [{ state: initialState(this.model), path: [] }];
    this.known.set(stateKey(frontier[0]!.state), frontier[0]!);
    this.lookAt(frontier[0]!, undefined, 'state');
    while (frontier.length > 0) {
      this.levels.push(frontier.length);
      if (this.broken.length > 0 && !this.options.keepGoing) break;
      if (this.levels.length > (this.options.maxDepth ?? Number.POSITIVE_INFINITY)) break;
      // Terminal states end shorter paths than anything found while this level is explored.
      frontier = this.level(frontier);
    }
    return this.result(frontier.length === 0);
  }

  private level(frontier: readonly Known[]): Known[] {
    const next: Known[] = [];
    for (const known of frontier) {
      if (!isTerminal(enabled(this.model, known.state))) continue;
      this.terminal++;
      this.lookAt(known, undefined, 'terminal');
    }
    for (const { state, path } of frontier) {
      for (const { outcome, state: successor } of enabled(this.model, state)) {
        this.generated++;
        this.coverage[outcome.action.name]! += 1;
        const reached = { state: successor, path: [...path, outcome.action] };
        const isNew = !this.known.has(stateKey(successor));
        this.lookAt(reached, outcome, isNew ? 'both' : 'action');
        if (!isNew) continue;
        this.known.set(stateKey(successor), reached);
        next.push(reached);
      }
    }
    return next;
  }

  private lookAt(
    { state, path }: Known,
    outcome: Outcome | undefined,
    what: 'state' | 'terminal' | 'action' | 'both',
  ): void {
    const asked = (property: Invariant | Goal): boolean =>
      property.on === what || (what === 'both' && property.on !== 'terminal');
    for (const [index, invariant] of this.model.invariants.entries()) {
      if (!asked(invariant) || this.broken.some((found) => found.index === index)) continue;
      if (!this.holds(invariant, state, outcome)) this.broken.push({ index, path });
    }
    for (const [index, goal] of this.model.goals.entries()) {
      if (!asked(goal) || this.reached[index] !== null) continue;
      if (this.holds(goal, state, outcome)) this.reached[index] = path.length;
    }
  }

  private holds(property: Invariant | Goal, state: State, outcome: Outcome | undefined): boolean {
    if (property.on === 'action') return property.holds(outcome!);
    const values = property.reads.map((read) =>
      argumentValue(read, state[this.model.slots.indexOf(read.slot)]),
    );
    return property.holds(values);
  }

  /** As found; but of those that the initial state breaks, whether it is terminal or not, in the order of the model. */
  private inOrder(): readonly Found[] {
    return [...this.broken].sort((a, b) => (a.path.length + b.path.length === 0 ? a.index - b.index : 0));
  }

  private result(complete: boolean): TwinResult {
    const { model, levels, generated, terminal, coverage } = this;
    const missed = model.goals.filter((goal, i) => complete && goal.applicable && this.reached[i] === null);
    const violations = [
      ...this.inOrder().map(({ index, path }) => ({ property: model.invariants[index]!.name, path })),
      ...missed.map(({ name }) => ({ property: name, path: [] })),
    ];
    return {
      verdict: violations.length > 0 ? 'violated' : complete ? 'verified' : 'incomplete',
      complete,
      distinct: this.known.size,
      generated,
      depth: levels.length - 1,
      levels,
      terminal,
      coverage,
      goalDepths: this.reached,
      violations,
    };
  }
}

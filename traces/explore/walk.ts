/**
 * Walking through a model: states reached by numbers of actions among those enabled. Each state is kept with the way to
 * it, so that one step further costs one step, however far one has walked.
 */
import type { Drawing } from '../../checker/drawing.js';
import { InputError } from '../../checker/errors.js';
import type { Action, Goal, Invariant, Model, Outcome } from '../../checker/model.js';
import {
  enabled,
  holds,
  initialState,
  isTerminal,
  named,
  offending,
  type State,
  type Successor,
} from '../../checker/plain.js';
import { same } from '../difference.js';
import { pictureStart, pictureStep, type Picture, type PictureStep } from '../picture.js';
import { changedSlots } from '../record.js';
import { renderAction } from '../values.js';
import type { Here } from './protocol.js';

interface Node {
  readonly depth: number;
  readonly state: State;
  readonly outcome: Outcome | undefined;
  readonly parent: Node | undefined;
  readonly step: PictureStep | undefined;
  /** By the name of a goal, the step at which it was first reached. */
  readonly reached: Readonly<Record<string, number>>;
  successors?: readonly Successor[];
  readonly children: Map<number, Node>;
}

const MOST_NODES = 20_000;

/** A goal about actions is not reached where none was taken. */
const reaches = (model: Model, goal: Goal, state: State, outcome: Outcome | undefined): boolean =>
  !(goal.on === 'action' && outcome === undefined) && holds(model, goal, state, outcome);

/** What is asked of terminal states only need not list again what is enabled, as the plain functions do. */
const isBroken = (
  model: Model,
  invariant: Invariant,
  { state, outcome }: Pick<Node, 'state' | 'outcome'>,
  successors: readonly Successor[],
): boolean => {
  if (invariant.on === 'terminal' && !isTerminal(successors)) return false;
  return !holds(model, invariant, state, outcome);
};

export class Walk {
  readonly #root: Node;
  #nodes = 1;

  constructor(
    readonly model: Model,
    readonly drawing: Drawing,
  ) {
    const state = initialState(model);
    this.#root = this.#node(state, undefined, undefined, undefined);
  }

  #node(
    state: State,
    outcome: Outcome | undefined,
    parent: Node | undefined,
    step: PictureStep | undefined,
  ): Node {
    const depth = parent === undefined ? 0 : parent.depth + 1;
    const before = parent?.reached ?? {};
    const now = this.model.goals
      .filter((goal) => !(goal.name in before) && reaches(this.model, goal, state, outcome))
      .map(({ name }) => [name, depth] as const);
    const reached = now.length === 0 ? before : { ...before, ...Object.fromEntries(now) };
    return { depth, state, outcome, parent, step, reached, children: new Map() };
  }

  #successors(node: Node): readonly Successor[] {
    node.successors ??= enabled(this.model, node.state);
    return node.successors;
  }

  #child(node: Node, number: number): Node {
    const known = node.children.get(number);
    if (known !== undefined) return known;
    const successors = this.#successors(node);
    const successor = successors[number];
    if (successor === undefined) {
      const count = successors.length;
      throw new InputError(
        `step ${node.depth + 1}: there is no action ${number}; ${count} are enabled there`,
      );
    }
    const { model, drawing } = this;
    const changed = changedSlots(model, node.state, successor.state);
    const step = pictureStep(drawing, named(model, node.state), successor.outcome.action, changed);
    const child = this.#node(successor.state, successor.outcome, node, step);
    // Forgetting everything now and then is simple, and walking the way again is quick enough.
    if (++this.#nodes > MOST_NODES) this.#forget();
    node.children.set(number, child);
    return child;
  }

  #forget(): void {
    this.#root.children.clear();
    this.#nodes = 1;
  }

  /** @throws InputError naming the step that cannot be taken. */
  #at(path: readonly number[]): Node {
    return path.reduce((node, number) => this.#child(node, number), this.#root);
  }

  start(): Picture {
    return pictureStart(this.drawing, named(this.model, this.#root.state));
  }

  /** The steps of a path from a number on. */
  steps(path: readonly number[], from: number): readonly PictureStep[] {
    const steps: PictureStep[] = [];
    for (
      let node: Node | undefined = this.#at(path);
      node !== undefined && node.depth > from;
      node = node.parent
    ) {
      steps.unshift(node.step!);
    }
    return steps;
  }

  state(path: readonly number[]): State {
    return this.#at(path).state;
  }

  actions(path: readonly number[]): readonly Action[] {
    return this.steps(path, 0).map(({ action }) => action);
  }

  /** The numbers of a path of actions. @throws InputError if one of them is not enabled where it stands. */
  numbers(actions: readonly Action[], from: readonly number[] = []): readonly number[] {
    const path = [...from];
    for (const action of actions) {
      const number = this.#successors(this.#at(path)).findIndex(({ outcome }) =>
        same(outcome.action, action),
      );
      if (number < 0) throw new InputError(`step ${path.length + 1}: ${renderAction(action)} is not enabled`);
      path.push(number);
    }
    return path;
  }

  here(path: readonly number[]): Here {
    const node = this.#at(path);
    const { model, drawing } = this;
    const before = named(model, node.state);
    return {
      enabled: this.#successors(node).map(({ group, outcome, state }) => ({
        action: outcome.action,
        urgency: group.urgency,
        lane: drawing.lanes.findIndex(
          ({ name }) => name === drawing.lanesOf(outcome.action, before, named(model, state))[0],
        ),
        changes: state.some((component, i) => component !== node.state[i]),
      })),
      invariants: model.invariants.map((invariant) => ({
        name: invariant.name,
        claim: invariant.claim,
        ...(isBroken(model, invariant, node, this.#successors(node))
          ? { broken: true, offending: offending(model, invariant, node.state, node.outcome) ?? null }
          : { broken: false }),
      })),
      goals: model.goals.map((goal) => ({
        name: goal.name,
        claim: goal.claim,
        applicable: goal.applicable,
        needs: goal.needs,
        here: reaches(model, goal, node.state, node.outcome),
        reached: node.reached[goal.name] ?? null,
      })),
    };
  }
}

/**
 * The beginning of a state graph, breadth first, as far as a number of states goes, so that every event of every server is
 * met by a shortest path. What is kept of each: its class, and how to get there.
 */
import type { Action, Model } from '../../../checker/model.js';
import { enabled, initialState, named, type State, stateKey } from '../../../checker/plain.js';
import type { Sid } from '../../../spec/zxid.js';
import { type Seen, seenIn } from './paths.js';

export interface Node {
  readonly parent: Node | null;
  readonly action: Action | null;
  readonly state: State;
  /** By sid: what it saw last on this path. */
  readonly last: Readonly<Record<Sid, string>>;
}

/** An event of a server, where it was first met. */
export interface Met {
  readonly node: Node;
  readonly action: Action;
  readonly seen: Seen;
}

export const pathTo = (node: Node): readonly Action[] => {
  const actions: Action[] = [];
  for (let at: Node | null = node; at?.action; at = at.parent) actions.unshift(at.action);
  return actions;
};

/** A class of events of one server: its name, from the server's state and the event. */
export type Classify = (server: unknown, seen: Seen, last: string | undefined) => readonly string[];

const kindOf = ({ given }: Seen): string => (given.type === 'Receive' ? given.message.type : given.type);

/** @param met by class; what an earlier graph has met stays */
export const explore = (model: Model, maxStates: number, classify: Classify, met: Map<string, Met>): void => {
  const root: Node = { parent: null, action: null, state: initialState(model), last: {} };
  const known = new Set([stateKey(root.state)]);
  const queue: Node[] = [root];
  for (let i = 0; i < queue.length; i++) {
    const node = queue[i]!;
    const slots = named(model, node.state);
    for (const successor of enabled(model, node.state)) {
      const { action } = successor.outcome;
      const seen = seenIn(slots, successor);
      for (const one of seen)
        for (const name of classify(slots[`server ${one.sid}`], one, node.last[one.sid]))
          if (!met.has(name)) met.set(name, { node, action, seen: one });
      const key = stateKey(successor.state);
      if (known.size >= maxStates || known.has(key)) continue;
      known.add(key);
      const last = { ...node.last, ...Object.fromEntries(seen.map((one) => [one.sid, kindOf(one)])) };
      queue.push({ parent: node, action, state: successor.state, last });
    }
  }
};

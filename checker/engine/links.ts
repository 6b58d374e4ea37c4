/** How each state was first reached: the number of its parent and of the action taken there. Six bytes a state. */

const CHUNK_BITS = 18;
const CHUNK = 1 << CHUNK_BITS;

/** Actions of one state are numbered in 16 bits. */
export const MAX_ACTIONS = 0xffff;

export class Links {
  private readonly parents: Uint32Array[] = [];
  private readonly actions: Uint16Array[] = [];
  count = 0;

  /** States are numbered in the order in which they are added, the initial one 0. */
  add(parent: number, action: number): void {
    const at = this.count & (CHUNK - 1);
    if (at === 0) {
      this.parents.push(new Uint32Array(CHUNK));
      this.actions.push(new Uint16Array(CHUNK));
    }
    const chunk = this.count >>> CHUNK_BITS;
    this.parents[chunk]![at] = parent;
    this.actions[chunk]![at] = action;
    this.count++;
  }

  /** Numbers of the actions from the initial state to this one. */
  pathTo(state: number): readonly number[] {
    const path: number[] = [];
    for (let at = state; at !== 0; at = this.parents[at >>> CHUNK_BITS]![at & (CHUNK - 1)]!) {
      path.push(this.actions[at >>> CHUNK_BITS]![at & (CHUNK - 1)]!);
    }
    return path.reverse();
  }
}

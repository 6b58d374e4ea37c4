/**
 * Doubly linked lists of small integers, for a search that takes things out and puts them back, last first. An item is
 * in at most one list.
 */
export class Links {
  private readonly next: Int32Array;
  private readonly previous: Int32Array;

  /** @param items of which each list is made, by list and in order; all below `size`. */
  constructor(
    private readonly size: number,
    lists: readonly (readonly number[])[],
  ) {
    // The list number k begins and ends at its anchor, size + k.
    this.next = Int32Array.from({ length: size + lists.length }, (_, item) => item);
    this.previous = this.next.slice();
    for (const [list, items] of lists.entries()) {
      const anchor = size + list;
      for (const item of items) {
        this.previous[item] = this.previous[anchor]!;
        this.next[item] = anchor;
        this.restore(item);
      }
    }
  }

  first(list = 0): number {
    return this.next[this.size + list]!;
  }

  after(item: number): number {
    return this.next[item]!;
  }

  isEnd(item: number): boolean {
    return item >= this.size;
  }

  remove(item: number): void {
    this.next[this.previous[item]!] = this.next[item]!;
    this.previous[this.next[item]!] = this.previous[item]!;
  }

  restore(item: number): void {
    this.next[this.previous[item]!] = item;
    this.previous[this.next[item]!] = item;
  }
}

/** Where each property was first found noteworthy (an invariant broken, a goal reached), in breadth-first order. */

export interface Finding {
  readonly property: number;
  /** Number of actions on the path. */
  readonly depth: number;
  /** State that the last action leaves, or the state itself where no action is involved. */
  readonly parent: number;
  /** Number of the last action; -1 where the state `parent` itself is meant. */
  readonly action: number;
  /** Fingerprint of the state where the path ends. */
  readonly lo: number;
  readonly hi: number;
}

/** Breadth-first order, then the order of the model. */
export const compareFindings = (a: Finding, b: Finding): number =>
  a.depth - b.depth || a.parent - b.parent || a.action - b.action || a.property - b.property;

/** For so many properties, all of them open. */
export const openProperties = (count: number): Uint8Array<SharedArrayBuffer> =>
  new Uint8Array(new SharedArrayBuffer(count)).fill(1);

export class Findings {
  readonly first: (Finding | undefined)[];

  /**
   * @param open by property: 1 while it has not been found noteworthy, so that it is still worth asking.
   * @param inOrder whether what comes is in breadth-first order, so that the first of a property is all there is to know.
   */
  constructor(
    readonly open: Uint8Array,
    private readonly inOrder: boolean,
  ) {
    this.first = Array.from({ length: open.length });
  }

  note(finding: Finding): void {
    const known = this.first[finding.property];
    if (known === undefined || compareFindings(finding, known) < 0) this.first[finding.property] = finding;
    if (this.inOrder) this.open[finding.property] = 0;
  }

  /** What has been noted of states before this one and their successors, to be noted elsewhere and forgotten here. */
  take(before: number): readonly Finding[] {
    const noted = this.first
      .filter((finding) => finding !== undefined)
      .filter(({ parent }) => parent < before);
    for (const { property } of noted) this.first[property] = undefined;
    return noted;
  }
}

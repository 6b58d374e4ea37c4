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

export class Findings {
  readonly first: (Finding | undefined)[];
  /** 1 while a property has not been found noteworthy, so that it is still worth asking. */
  readonly open: Uint8Array;

  constructor(properties: number) {
    this.first = Array.from({ length: properties });
    this.open = new Uint8Array(properties).fill(1);
  }

  note(finding: Finding): void {
    const known = this.first[finding.property];
    if (known !== undefined && compareFindings(known, finding) <= 0) return;
    this.first[finding.property] = finding;
    this.open[finding.property] = 0;
  }
}

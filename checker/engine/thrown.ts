/** A model function threw, or returned what it must not. The search says where it was; the report adds the path. */
export class Thrown extends Error {
  override readonly name = 'Thrown';
  /** The state in which it happened, by number, and the number of the action whose successor was looked at, or -1. */
  at: { readonly state: number; readonly action: number } | undefined;

  located(state: number, action: number): this {
    this.at = { state, action };
    return this;
  }
}

/** Runs model functions on behalf of the tables, and keeps the time spent in them. */
export class ModelClock {
  milliseconds = 0;

  call<T>(what: string, f: () => T): T {
    const start = performance.now();
    try {
      return f();
    } catch (error) {
      const message = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      throw new Thrown(message, { cause: error });
    } finally {
      this.milliseconds += performance.now() - start;
    }
  }
}

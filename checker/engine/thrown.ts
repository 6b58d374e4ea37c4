/** A model function threw, or returned what it must not. The search catches it where it knows the state, and adds the path. */
export class Thrown extends Error {
  override readonly name = 'Thrown';
}

/** Runs a model function on behalf of the tables and keeps the time spent in it. */
export class ModelClock {
  milliseconds = 0;

  call<T>(what: string, f: () => T): T {
    const start = performance.now();
    try {
      return f();
    } catch (error) {
      throw new Thrown(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    } finally {
      this.milliseconds += performance.now() - start;
    }
  }
}

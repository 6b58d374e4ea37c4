/** The mistakes of a user, as opposed to ours: reported by their message alone, with exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * The model broke its own contract (a reducer threw, an assertion failed, a component is not JSON). Carries the path
 * that led there, so that it can be replayed.
 */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  constructor(
    message: string,
    readonly path: readonly unknown[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

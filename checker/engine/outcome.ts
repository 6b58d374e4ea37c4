/**
 * How an outcome lies in `Memory` once its writes are known as ids. An outcome belongs to one (group, values read), so
 * whatever these determine is worked out beforehand: where the group reads a slot whole, the old component is known, an
 * operation becomes a value, and the change of the fingerprint is a constant.
 *
 * Record: the fields below, then `values` pairs (slot, component id), of which the first `replaced` replace a component
 * that is not known beforehand, then `operations` pairs (slot, operation id).
 */

/** Number of the action name. */
export const NAME = 0;
/** Address of a list of the action properties to be noted (invariants broken, goals reached); 0 for none. */
export const FLAGS = 1;
/** Address of a list of the state properties that read a slot written here. */
export const CHECKS = 2;
/** Change of the fingerprint as far as it is known. */
export const DELTA_LO = 3;
export const DELTA_HI = 4;
export const VALUES = 5;
export const REPLACED = 6;
export const OPERATIONS = 7;
export const PAIRS = 8;

/**
 * How outcomes lie in `Memory` once their writes are known as ids. An outcome belongs to one (group, values read), so
 * whatever these determine is worked out beforehand: where the group reads a slot whole, the old component is known, an
 * operation becomes a value, and the change of the fingerprint is a constant.
 *
 * What a group is memoised to is a list: the number of outcomes, then for each an entry of four cells: address of its
 * record, change of the fingerprint as far as it is known (two cells), and twice the number of the action's name, plus
 * one if the record has to be looked at to log the outcome.
 *
 * Record: the fields below, then `values` pairs (slot, component id), of which the first `replaced` replace a component
 * that is not known beforehand, then `operations` pairs (slot, operation id).
 */

/** Cells of an entry of a list. */
export const ENTRY = 4;

/** Number of the action name. */
export const NAME = 0;
/** Address of a list of the action properties to be noted (invariants broken, goals reached); 0 for none. */
export const FLAGS = 1;
/** Address of a list of the state properties that may hold otherwise than before, and of the nodes of their arguments. */
export const CHECKS = 2;
export const VALUES = 3;
export const REPLACED = 4;
export const OPERATIONS = 5;
export const PAIRS = 6;

/** What the memo of a property holds. For a goal, noteworthy means reached; for an invariant, broken. */
export const DULL = 1;
export const NOTEWORTHY = 2;

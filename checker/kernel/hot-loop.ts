/**
 * The hot loop in WebAssembly (AssemblyScript): what `Expander`, `Settler`, `Reader`, `Recent` and `Orbits` of the engine do,
 * over the very same tables. Those are its readable twins; what each step is for is said there and not here.
 *
 * There is one memory, and everything is a cell of it: the memo tables, the program, and a desk for each thread with all
 * that it writes to. Every global below is the address of a cell, set once from outside, unless it says otherwise.
 */
import {
  CHECKS,
  DULL,
  ENTRY,
  FLAGS,
  NOTEWORTHY,
  OPERATIONS,
  PAIRS,
  REPLACED,
  VALUES,
} from '../engine/outcome';

// The host: fills in the tables, takes notes. Answers are as in the tables; 0 means: not now.
declare function attend(): void;
declare function conditions(slot: i32, component: i32): i32;
declare function group(group: i32): i32;
declare function operation(slot: i32, component: i32, operation: i32): i32;
declare function property(property: i32, ofSettler: i32): i32;
declare function note(property: i32, at: i32, action: i32, isDeeper: i32, lo: i32, hi: i32): void;
declare function ask(property: i32, at: i32, action: i32, lo: i32, hi: i32): void;
/** Makes room in the log for so many more entries. */
declare function reserve(more: i32): void;
/** Takes the new states that have been written, so that there is room for more. */
declare function flush(): void;
/** More than 65,535 actions in one state. */
declare function tooMany(): void;

// The program.
export let slots: i32 = 0; // a number
export let words: i32 = 0; // a number
export let progressEnd: i32 = 0; // a number
export let idleEnd: i32 = 0; // a number
export let code: i32 = 0;
export let groups: i32 = 0;
export let readers: i32 = 0;
export let conditionHeaders: i32 = 0;
export let conditionedByWord: i32 = 0;
export let conditionedEnds: i32 = 0;
export let operationPairs: i32 = 0;
export let mixHeaders: i32 = 0;
/** As many as a state has images, its own included; 0 without symmetry. */
export let permutations: i32 = 0; // a number
export let imageHeaders: i32 = 0;
export let properties: i32 = 0;
export let nodes: i32 = 0;
/** A list of checks: the properties that are asked of terminal states. */
export let terminalChecks: i32 = 0;

/** Zero unless the host should be called before the next state is looked at. */
export let bell: i32 = 0;

// The desk: what is kept from state to state.
/** Present state of the expander and the packed words that it was loaded from; and of the settler. */
export let state: i32 = 0;
export let packed: i32 = 0;
export let settled: i32 = 0;
export let settledPacked: i32 = 0;
export let changed: i32 = 0;
export let stale: i32 = 0;
export let active: i32 = 0;
export let current: i32 = 0;
export let rows: i32 = 0;
export let listed: i32 = 0;
/** Pairs of cells, each pair eight bytes from an even address: fingerprints logged last. */
export let recent: i32 = 0;
/** Fingerprints of the images of the present state, two cells each, and one more; by slot, the components that are in them. */
export let images: i32 = 0;
export let shown: i32 = 0;
/** Of the outcome that is being logged: what each of its operations leaves, and where the rows of what changes lie in bytes. */
export let operands: i32 = 0;
export let rowsChanged: i32 = 0;
/** By action name, a float of eight bytes at an even address. */
export let coverage: i32 = 0;
/** By node: see `Reader`, but for one of both readers. */
export let tuples: i32 = 0;
export let parents: i32 = 0;
export let components: i32 = 0;
export let ids: i32 = 0;
export let dull: i32 = 0;
/** By property: whether it is still worth asking. */
export let open: i32 = 0;

// A block: what goes in, what comes out.
/** A layout: stride, then shifts, masks and words by slot, then ends by word. */
export let inputLayout: i32 = 0;
export let outputLayout: i32 = 0;
export let input: i32 = 0;
export let starts: i32 = 0;
/** Of the records that were to be expanded, those that were put off. */
export let putOff: i32 = 0;
export let putOffs: i32 = 0; // a number
export let logLength: i32 = 0; // a number
export let logLo: i32 = 0;
export let logHi: i32 = 0;
export let logKeyLo: i32 = 0;
export let logKeyHi: i32 = 0;
export let logOutcome: i32 = 0;
/** Half a cell each. */
export let logAction: i32 = 0;
/** A quarter of a cell each. */
export let logWon: i32 = 0;
/** Records of new states, and the parent and the action of each. */
export let output: i32 = 0;
export let outputParents: i32 = 0;
export let outputActions: i32 = 0;
export let outputLength: i32 = 0; // a number

// Numbers that are told to the host.
export let logCount: i32 = 0;
export let generated: f64 = 0;
export let terminal: f64 = 0;
/** What a search without symmetry would have counted. */
export let distinctMembers: f64 = 0;
export let generatedMembers: f64 = 0;
/** Record of the block that is being expanded, or whose successors are being settled. */
export let at: i32 = 0;
export let action: i32 = 0;
export let outputCount: i32 = 0;
/** The next record differs from the present state in every word, as far as anyone knows. */
export let isExpanderFresh: i32 = 1;
export let isSettlerFresh: i32 = 1;
/** Whether equal fingerprints are equal states. */
export let isTrustful: i32 = 1;

let lo: i32 = 0;
let hi: i32 = 0;
let start: i32 = 0;
let actions: i32 = 0;
let lists: i32 = 0;
let missed: bool = false;

const RECENT: i32 = 1 << 12;

function bytes(address: i32): usize {
  return (<u32>address) << 2;
}

function cell(address: i32): i32 {
  return load<i32>(bytes(address));
}

function set(address: i32, value: i32): void {
  store<i32>(bytes(address), value);
}

// Tables: see `pairs.ts`.

function find(header: i32, a: i32, b: i32): i32 {
  const pairs = bytes(header);
  const shift = load<i32>(pairs);
  const base = load<i32>(pairs, 4);
  const limit = load<i32>(pairs, 8);
  if (shift >= 0) return a < limit && b >>> shift === 0 ? cell(base + (a << shift) + b) : 0;
  let h = (a * 0x9e3779b1) ^ (b * 0x85ebca77);
  h = (h ^ (h >>> 15)) * 0x2c1b3c6d;
  const hash = <f64>(<u32>(h ^ (h >>> 13)));
  let entry = bytes(base + 3 * <i32>(hash * (<f64>limit * (1.0 / 4294967296.0))));
  // Whoever sees the value sees the pair.
  let value = atomic.load<i32>(entry, 8);
  while (value !== 0 && (load<i32>(entry) !== a || load<i32>(entry, 4) !== b)) {
    entry += 12;
    value = atomic.load<i32>(entry, 8);
  }
  return value;
}

function argument(view: i32, component: i32): i32 {
  return view === 0 ? component : cell(cell(view) + component) - 1;
}

// A reader: see `reader.ts`.

function loadRecord(into: i32, from: i32, layout: i32, record: i32, isFresh: bool): i32 {
  const stride = cell(layout);
  const shifts = bytes(layout + 1);
  const masks = shifts + bytes(slots);
  const ends = layout + 1 + 3 * slots;
  const target = bytes(into);
  let n = 0;
  let slot = 0;
  for (let word = 2; word < stride; word++) {
    const end = cell(ends + word);
    const bits = cell(record + word);
    if (isFresh || bits !== cell(from + word)) {
      set(from + word, bits);
      for (; slot < end; slot++) {
        const offset = bytes(slot);
        const component = (bits >>> load<i32>(shifts + offset)) & load<i32>(masks + offset);
        if (component === load<i32>(target + offset)) continue;
        store<i32>(target + offset, component);
        set(changed + n++, slot);
      }
    }
    slot = end;
  }
  return n;
}

function memoised(program: i32, reads: i32): i32 {
  const readsEnd = program + 2 * reads;
  let pairs = readsEnd;
  let read = program;
  let node = 0;
  if (reads > 1) {
    node = argument(cell(code + read + 1), cell(state + cell(code + read)));
    if (node < 0) return 0;
    read += 2;
  }
  let value = 0;
  for (; read < readsEnd; read += 2) {
    const id = argument(cell(code + read + 1), cell(state + cell(code + read)));
    if (id < 0) return 0;
    value = find(cell(code + pairs++), node, id);
    if (value === 0) return 0;
    node = value - 1;
  }
  return value;
}

function operated(slot: i32, component: i32, id: i32): i32 {
  const known = find(cell(operationPairs + slot), component, id);
  return known !== 0 ? known : operation(slot, component, id);
}

function look(checks: i32, vector: i32): void {
  let entry = checks + 1 + cell(checks);
  for (const end = entry + cell(entry); entry < end; ) {
    const number = cell(++entry);
    const node = bytes(nodes + 4 * number);
    const component = cell(vector + load<i32>(node, 4));
    const parentNode = load<i32>(node);
    const parent = parentNode < 0 ? 0 : cell(tuples + parentNode);
    const isSameParent = cell(parents + number) === parent;
    if (isSameParent && cell(components + number) === component) continue;
    const id = argument(load<i32>(node, 8), component);
    set(components + number, component);
    if (isSameParent && cell(ids + number) === id) continue;
    const pairs = load<i32>(node, 12);
    const tuple = parent < 0 || id < 0 ? -1 : pairs === 0 ? id : find(pairs, parent, id) - 1;
    set(tuples + number, tuple);
    set(parents + number, parent);
    set(ids + number, id);
    if (tuple >= 0) continue;
    set(components + number, -2);
    set(ids + number, -2);
  }
}

function answer(number: i32, ofSettler: i32): i32 {
  const program = bytes(code + cell(properties + number));
  const tuple = cell(tuples + load<i32>(program));
  if (tuple >= 0) {
    if (cell(dull + number) === tuple) return DULL;
    const index = tuple * load<i32>(program, 8) + load<i32>(program, 12);
    const known = <i32>load<u8>(bytes(cell(load<i32>(program, 4))) + <usize>index);
    if (known === DULL) set(dull + number, tuple);
    if (known !== 0) return known;
  }
  return property(number, ofSettler);
}

// The first half: see `expander.ts` and `recent.ts`.

/** Expands records of the block until `count`, or until the log has reached `limit`; returns which comes next. */
export function expand(count: i32, limit: i32): i32 {
  const stride = cell(inputLayout);
  putOffs = 0;
  for (at = 0; at < count && logCount < limit; at++) {
    if (atomic.load<i32>(bytes(bell)) !== 0) attend();
    missed = false;
    const record = input + at * stride;
    lo = cell(record);
    hi = cell(record + 1);
    start = logCount;
    actions = 0;
    lists = 0;
    set(starts + at, logCount);
    const n = loadRecord(state, packed, inputLayout, record, isExpanderFresh !== 0);
    isExpanderFresh = 0;
    lookAt(n);
    if (!missed) expandState();
    if (missed) set(putOff + putOffs++, at);
  }
  set(starts + at, logCount);
  return at;
}

function expandState(): void {
  run(0, progressEnd);
  if (actions === 0) run(progressEnd, idleEnd);
  const isTerminal = actions === 0;
  run(idleEnd, words);
  if (actions > 0xffff) tooMany();
  if (isTerminal && !missed) settleTerminal();
  if (missed) {
    withdraw();
    return;
  }
  generated += <f64>actions;
  if (permutations !== 0) countMembers();
}

function lookAt(count: i32): void {
  for (let i = 0; i < count; i++) {
    const slot = cell(changed + i);
    for (let word = 0; word < words; word++) {
      set(stale + word, cell(stale + word) | cell(readers + slot * words + word));
    }
    const header = cell(conditionHeaders + slot);
    if (header === 0) continue;
    const component = cell(state + slot);
    let row = cell(cell(header) + component);
    if (row === 0) row = conditions(slot, component);
    if (row === 0) missed = true;
    set(rows + slot, row);
  }
  if (permutations !== 0) show(count);
  if (missed) takeBack();
}

function run(from: i32, to: i32): void {
  for (let word = from; word < to; word++) {
    const old = cell(stale + word);
    const unknown = old === 0 ? 0 : candidates(word, old);
    const lists = bytes(current + (word << 5));
    let known = cell(active + word) & ~old;
    set(stale + word, 0);
    for (let bits = known | unknown; bits !== 0; bits &= bits - 1) {
      const bit = ctz(bits);
      const list = lists + ((<usize>bit) << 2);
      if (((unknown >>> bit) & 1) !== 0) {
        const program = cell(groups + (word << 5) + bit);
        let address = memoised(program + 2, cell(code + program + 1));
        if (address === 0) address = resolved(cell(code + program));
        if (address === 0) set(stale + word, cell(stale + word) | (1 << bit));
        if (cell(address) === 0) continue;
        known |= 1 << bit;
        store<i32>(list, address);
      }
      logList(load<i32>(list));
    }
    set(active + word, known);
  }
}

function candidates(word: i32, old: i32): i32 {
  const end = cell(conditionedEnds + word);
  let bits = old;
  for (let i = word === 0 ? 0 : cell(conditionedEnds + word - 1); i < end && bits !== 0; i++)
    bits &= cell(cell(rows + cell(conditionedByWord + i)) + word);
  return bits;
}

function resolved(number: i32): i32 {
  const list = group(number);
  if (list === 0) missed = true;
  return list;
}

function logList(list: i32): void {
  const count = cell(list);
  if (logCount + count > logLength) reserve(count);
  const fingerprint = ((<u64>(<u32>hi)) << 32) | <u64>(<u32>lo);
  let entry = bytes(list + 1);
  const end = entry + bytes(ENTRY * count);
  const los = bytes(logLo);
  const his = bytes(logHi);
  const outcomes = bytes(logOutcome);
  const numbers = bytes(logAction);
  let n = <usize>logCount;
  for (; entry < end; entry += 16) {
    const outcome = load<i32>(entry);
    const info = load<i32>(entry, 12);
    let next = fingerprint ^ load<u64>(entry, 4);
    store<i32>(outcomes + (n << 2), outcome);
    store<u16>(numbers + (n << 1), actions);
    const covered = bytes(coverage) + ((<usize>(info >>> 1)) << 3);
    store<f64>(covered, load<f64>(covered) + 1);
    if ((info & 1) !== 0) next = complete(outcome, next);
    actions++;
    store<i32>(los + (n << 2), <i32>next);
    store<i32>(his + (n << 2), <i32>(next >> 32));
    const place = bytes(recent) + ((<usize>(<i32>next & (RECENT - 1))) << 3);
    const isOther = load<u64>(place) !== next;
    store<u64>(place, next);
    const isLogged = usize(isOther) | (isTrustful ^ 1);
    if (permutations !== 0 && isLogged !== 0) logKey(outcome, n);
    n += isLogged;
  }
  set(listed + lists++, list);
  logCount = <i32>n;
}

function complete(outcome: i32, known: u64): u64 {
  let next = known;
  let pair = bytes(outcome + PAIRS);
  for (const end = pair + bytes(2 * cell(outcome + REPLACED)); pair < end; pair += 8) {
    const slot = load<i32>(pair);
    next ^= load<u64>(bytes(cell(cell(mixHeaders + slot)) + 2 * cell(state + slot)));
  }
  pair = bytes(outcome + PAIRS + 2 * cell(outcome + VALUES));
  let operand = operands;
  for (const end = pair + bytes(2 * cell(outcome + OPERATIONS)); pair < end; pair += 8) {
    const slot = load<i32>(pair);
    const component = cell(state + slot);
    let then = operated(slot, component, load<i32>(pair, 4)) - 1;
    if (then < 0) {
      missed = true;
      then = component;
    }
    set(operand++, then);
    const mixes = cell(cell(mixHeaders + slot));
    next ^= load<u64>(bytes(mixes + 2 * component)) ^ load<u64>(bytes(mixes + 2 * then));
  }
  if (cell(outcome + FLAGS) !== 0) flag(cell(outcome + FLAGS), next);
  return next;
}

// Orbits: see `orbits.ts`.

/** Brings the fingerprints of the images to the present state, of which so many slots have changed. */
function show(count: i32): void {
  for (let i = 0; i < count; i++) {
    const slot = cell(changed + i);
    const old = cell(shown + slot);
    const component = cell(state + slot);
    if (old === component) continue;
    if (old >= 0) toggle(imagesOf(slot, old));
    toggle(imagesOf(slot, component));
    set(shown + slot, component);
  }
}

/** In bytes. */
function imagesOf(slot: i32, component: i32): usize {
  return bytes(cell(cell(imageHeaders + slot)) + 2 * permutations * component);
}

function toggle(row: usize): void {
  const sums = bytes(images);
  for (let at: usize = 0; at < (<usize>permutations) << 3; at += 8) {
    store<u64>(sums + at, load<u64>(sums + at) ^ load<u64>(row + at));
  }
}

/** Logs the key of the successor by this outcome as that of entry `n`. */
function logKey(outcome: i32, n: usize): void {
  const least = leastOf(rowsOf(outcome));
  const keyLo = <i32>least;
  store<i32>(bytes(logKeyLo) + (n << 2), keyLo);
  store<i32>(bytes(logKeyHi) + (n << 2), <i32>(least >> 32) ^ scramble(keyLo));
}

/** Notes the rows of what changes by an outcome; returns where the list of them ends, in bytes. */
function rowsOf(outcome: i32): usize {
  let pair = bytes(outcome + PAIRS);
  const valuesEnd = pair + bytes(2 * cell(outcome + VALUES));
  const end = valuesEnd + bytes(2 * cell(outcome + OPERATIONS));
  let operand = operands;
  let row = bytes(rowsChanged);
  for (; pair < end; pair += 8) {
    const slot = load<i32>(pair);
    const old = cell(state + slot);
    const next = pair < valuesEnd ? load<i32>(pair, 4) : cell(operand++);
    if (next === old) continue;
    store<u32>(row, <u32>imagesOf(slot, old));
    store<u32>(row, <u32>imagesOf(slot, next), 4);
    row += 8;
  }
  return row;
}

/** The least fingerprint of the images of the present state with the rows in the list put in or taken out. */
function leastOf(end: usize): u64 {
  let least = i64.MAX_VALUE;
  for (let n = 0; n < permutations; n += 2) {
    const at = (<usize>n) << 3;
    let sums = v128.load(bytes(images) + at);
    for (let row = bytes(rowsChanged); row < end; row += 4) {
      sums = v128.xor(sums, v128.load(<usize>load<u32>(row) + at));
    }
    least = min(least, inOrder(v128.extract_lane<i64>(sums, 0)));
    if (n + 1 < permutations) least = min(least, inOrder(v128.extract_lane<i64>(sums, 1)));
  }
  return <u64>inOrder(least);
}

/** Between two signed integers, by which hashes are compared, and one of 64 bits in the same order. */
function inOrder(hash: i64): i64 {
  return hash ^ 0x80000000;
}

function scramble(x: i32): i32 {
  x = (x ^ (x >>> 16)) * 0x21f0aaad;
  x = (x ^ (x >>> 15)) * 0x735a2d97;
  return x ^ (x >>> 15);
}

function countMembers(): void {
  const own = load<u64>(bytes(images));
  let fixing = 0;
  for (let n = 0; n < permutations; n++) {
    fixing += i32(load<u64>(bytes(images) + ((<usize>n) << 3)) === own);
  }
  const size = <f64>(permutations / fixing);
  distinctMembers += size;
  generatedMembers += size * <f64>actions;
}

function flag(list: i32, fingerprint: u64): void {
  for (let entry = list + 1; entry <= list + cell(list); entry++) {
    const number = cell(entry);
    if (cell(open + number) === 0 || missed) continue;
    note(number, at, actions, 1, <i32>fingerprint, <i32>(fingerprint >> 32));
  }
}

function settleTerminal(): void {
  look(terminalChecks, state);
  const count = cell(terminalChecks);
  for (let i = 1; i <= count; i++) {
    const number = cell(terminalChecks + i);
    if (cell(open + number) === 0) continue;
    const known = answer(number, 0);
    if (known === 0) missed = true;
    if (known === NOTEWORTHY) note(number, at, -1, 0, lo, hi);
  }
  if (!missed) terminal += 1;
}

export function takeBack(): void {
  withdraw();
  for (let slot = 0; slot < slots; slot++) set(state + slot, -1);
  isExpanderFresh = 1;
}

function withdraw(): void {
  for (let i = 0; i < lists; i++) {
    const list = cell(listed + i);
    const count = cell(list);
    for (let entry = 0; entry < count; entry++) {
      const covered = bytes(coverage) + ((<usize>(cell(list + 4 + ENTRY * entry) >>> 1)) << 3);
      store<f64>(covered, load<f64>(covered) - 1);
    }
  }
  lists = 0;
  for (let n = start; n < logCount; n++) forget(cell(logLo + n) & (RECENT - 1));
  logCount = start;
}

export function begin(): void {
  for (let place = 0; place < RECENT; place++) forget(place);
}

/** What is kept in a place is one of those that belong there, or, where nothing is, one that does not. */
function forget(place: i32): void {
  set(recent + 2 * place, place + 1);
}

// The second half: see `settler.ts`.

/** Settles what the log holds of `count` records of the block. */
export function settle(count: i32): void {
  const stride = cell(outputLayout);
  const isSameLayout = inputLayout === outputLayout;
  outputCount = 0;
  for (at = 0; at < count; at++) {
    if (atomic.load<i32>(bytes(bell)) !== 0) attend();
    const parent = input + at * stride;
    const end = cell(starts + at + 1);
    for (let n = cell(starts + at); n < end; n++) {
      if (load<u8>(bytes(logWon) + <usize>n) === 0) continue;
      if (outputCount === outputLength) flush();
      const outcome = cell(logOutcome + n);
      const record = output + outputCount * stride;
      action = <i32>load<u16>(bytes(logAction) + ((<usize>n) << 1));
      set(record, cell(logLo + n));
      set(record + 1, cell(logHi + n));
      set(outputParents + outputCount, at);
      store<u16>(bytes(outputActions) + ((<usize>outputCount) << 1), action);
      if (isSameLayout) patch(parent, outcome, record, stride);
      else repack(outcome, record);
      outputCount++;
      const checks = cell(outcome + CHECKS);
      if (cell(checks) !== 0) askAll(checks, record, n);
    }
  }
}

function patch(parent: i32, outcome: i32, record: i32, stride: i32): void {
  for (let word = 2; word < stride; word++) set(record + word, cell(parent + word));
  const shifts = outputLayout + 1;
  const masks = shifts + slots;
  const places = masks + slots;
  let pair = bytes(outcome + PAIRS);
  const valuesEnd = pair + bytes(2 * cell(outcome + VALUES));
  const end = valuesEnd + bytes(2 * cell(outcome + OPERATIONS));
  for (; pair < end; pair += 8) {
    const slot = load<i32>(pair);
    const shift = cell(shifts + slot);
    const mask = cell(masks + slot);
    const word = bytes(record + cell(places + slot));
    const bits = load<i32>(word);
    let id = load<i32>(pair, 4);
    if (pair >= valuesEnd) id = operated(slot, (bits >>> shift) & mask, id) - 1;
    store<i32>(word, (bits & ~(mask << shift)) | (id << shift));
  }
}

function repack(outcome: i32, record: i32): void {
  const stride = cell(inputLayout);
  loadRecord(settled, settledPacked, inputLayout, input + at * stride, true);
  let pair = bytes(outcome + PAIRS);
  const valuesEnd = pair + bytes(2 * cell(outcome + VALUES));
  const end = valuesEnd + bytes(2 * cell(outcome + OPERATIONS));
  for (; pair < end; pair += 8) {
    const slot = load<i32>(pair);
    const id = load<i32>(pair, 4);
    set(settled + slot, pair < valuesEnd ? id : operated(slot, cell(settled + slot), id) - 1);
  }
  isSettlerFresh = 1;
  const shifts = outputLayout + 1;
  const places = shifts + 2 * slots;
  for (let word = 2; word < cell(outputLayout); word++) set(record + word, 0);
  for (let slot = 0; slot < slots; slot++) {
    const word = record + cell(places + slot);
    set(word, cell(word) | (cell(settled + slot) << cell(shifts + slot)));
  }
}

function askAll(checks: i32, record: i32, n: i32): void {
  loadRecord(settled, settledPacked, outputLayout, record, isSettlerFresh !== 0);
  isSettlerFresh = 0;
  look(checks, settled);
  const count = cell(checks);
  for (let i = 1; i <= count; i++) {
    const number = cell(checks + i);
    if (cell(open + number) === 0) continue;
    const known = answer(number, 1);
    if (known === DULL) continue;
    if (known === NOTEWORTHY) note(number, at, action, 1, cell(logLo + n), cell(logHi + n));
    else ask(number, at, action, cell(logLo + n), cell(logHi + n));
  }
}

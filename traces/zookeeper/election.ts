/**
 * What servers say to each other in an election: who dials introduces itself once (INITIAL), then both send
 * notifications, each behind its length. Source: QuorumCnxManager.InitialMessage, FastLeaderElection.buildMsg; measured
 * on 3.8.0.
 */
import type { ServerState } from '../../spec/messages.js';
import { type Codec, CodecError, decode, encode, int, long, struct, text, type ValueOf } from './codec.js';

/** One address, and several that are separated by a bar. */
export const INITIAL_FORMS = { single: -65536n, multiple: -65535n } as const;

const initial = struct({ form: long, sid: long, addresses: text });
export type Initial = ValueOf<typeof initial>;

/** @throws CodecError that names what is wrong */
export const decodeInitial = (from: Uint8Array): Initial => {
  const message = decode(initial, from);
  if (message.form !== INITIAL_FORMS.single && message.form !== INITIAL_FORMS.multiple)
    throw new CodecError(`INITIAL of form ${message.form} is not known`);
  return message;
};
export const encodeInitial = (message: Initial): Buffer => encode(initial, message);

const STATES: readonly ServerState[] = ['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING'];

const vote = struct({ state: int, leader: long, zxid: long, electionEpoch: long });
const withPeerEpoch = struct({ vote, peerEpoch: long, version: int });
const withConfig = struct({ vote, peerEpoch: long, version: int, config: text });

/** Fields that older versions did not send are null. */
export interface ElectionNotification {
  readonly state: ServerState;
  readonly leader: bigint;
  readonly zxid: bigint;
  readonly electionEpoch: bigint;
  readonly peerEpoch: bigint | null;
  readonly version: number | null;
  readonly config: string | null;
}

const LENGTH_BYTES = 4;
export const OLD_NOTIFICATION_BYTES = 28;
export const MIDDLE_NOTIFICATION_BYTES = 40;
export const LEAST_NOTIFICATION_BYTES = 44;

type Parts = ValueOf<typeof vote> & Omit<ElectionNotification, keyof ValueOf<typeof vote> | 'state'>;

const decodeParts = (from: Uint8Array): Parts => {
  if (from.length === OLD_NOTIFICATION_BYTES)
    return { ...decode(vote, from), peerEpoch: null, version: null, config: null };
  if (from.length === MIDDLE_NOTIFICATION_BYTES) {
    const { vote: v, ...others } = decode(withPeerEpoch, from);
    return { ...v, ...others, config: null };
  }
  if (from.length < LEAST_NOTIFICATION_BYTES)
    throw new CodecError(`a notification of ${from.length} bytes; there are 28, 40, and 44 or more`);
  const { vote: v, ...others } = decode(withConfig, from);
  return { ...v, ...others };
};

/**
 * One notification with the length in front of it.
 * @throws CodecError that names what is wrong
 */
export const decodeNotification = (from: Uint8Array): ElectionNotification => {
  const length = from.length < LENGTH_BYTES ? -1 : decode(int, from.subarray(0, LENGTH_BYTES));
  if (length !== from.length - LENGTH_BYTES)
    throw new CodecError(`a notification says ${length} bytes and has ${from.length - LENGTH_BYTES}`);
  const { state, ...others } = decodeParts(from.subarray(LENGTH_BYTES));
  const name = STATES[state];
  if (name === undefined) throw new CodecError(`a notification with state ${state}`);
  return { ...others, state: name };
};

const encodeParts = (n: ElectionNotification): Buffer => {
  const { state, peerEpoch, version, config, ...others } = n;
  const v = { ...others, state: STATES.indexOf(state) };
  if (peerEpoch === null || version === null) return encode(vote, v);
  if (config === null) return encode(withPeerEpoch, { vote: v, peerEpoch, version });
  return encode(withConfig, { vote: v, peerEpoch, version, config });
};

const framed: Codec<Buffer> = {
  read: (r) => r.raw(r.left),
  write: (w, b) => w.bytes(b),
};

export const encodeNotification = (n: ElectionNotification): Buffer => encode(framed, encodeParts(n));

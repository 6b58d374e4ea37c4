/** Named configurations, pinned: a change of a count has to be explained. */
import { variants } from '../../spec/variants.js';
import type { Preset } from '../definition.js';

const preset = (
  name: string,
  summary: string,
  config: Preset['config'],
  [distinct, generated, depth]: readonly [number, number, number],
  suite = false,
): Preset => ({ name, summary, suite, config, pinned: { distinct, generated, depth } });

export const zabPresets: readonly Preset[] = [
  preset(
    'default',
    'three servers, a crash and a write, any server may be elected: DIFF, TRUNC and SNAP',
    {},
    [243524, 572170, 55],
    true,
  ),
  preset(
    'async',
    'the same with asynchronous persistence: a crash keeps any prefix of what is being written',
    { persistence: 'async' },
    [939095, 2637718, 71],
    true,
  ),
  preset(
    'observer',
    'two voters and an observer, a crash and a write',
    { servers: 2, observers: 1 },
    [54334, 128460, 51],
    true,
  ),
  preset(
    'fle',
    'Fast Leader Election, message by message, with a crash',
    { election: 'fle', txns: 0 },
    [4003083, 15746311, 109],
    true,
  ),
  preset(
    'fle-write',
    'Fast Leader Election after the crash of an established ensemble with a write under way, and one more',
    { election: 'fle', start: 'established' },
    [6971050, 27269345, 68],
    true,
  ),
  preset(
    'fle-cold',
    'Fast Leader Election from a cold start, a crash and a write',
    { election: 'fle' },
    [43138522, 176634160, 123],
  ),
  preset(
    'tiny',
    'three servers, a write, no fault: a second',
    { crashes: 0, elections: 1 },
    [2425, 5143, 29],
  ),
  preset('deep', 'two crashes, three elections', { crashes: 2, elections: 3 }, [10386973, 28101652, 73]),
  preset('two-writes', 'a crash and two writes', { txns: 2 }, [4071428, 10037044, 64]),
  preset('cuts', 'a crash and a link that breaks', { cuts: 1 }, [2767059, 7950841, 57]),
  preset('partition', 'a crash and a partition', { partitions: 1 }, [4306956, 13579300, 58]),
  preset(
    'timeouts',
    'nobody dies, but twice a server gives up without a reason',
    { crashes: 0, timeouts: 2 },
    [1929079, 5732095, 55],
  ),
  preset(
    'fle-queue-2',
    'Fast Leader Election with election queues of two notifications, and a write',
    { election: 'fle', electionQueue: 2, crashes: 0 },
    [1205822, 6064303, 39],
  ),
  preset(
    'fle-queue-unbounded',
    'Fast Leader Election with election queues without a bound',
    { election: 'fle', electionQueue: 'unbounded', crashes: 0, txns: 0 },
    [131963, 590945, 33],
  ),
  preset(
    'fle-resend',
    'Fast Leader Election in which votes are sent again at any time',
    { election: 'fle', resend: 'free', crashes: 0, txns: 0 },
    [76826, 346775, 33],
  ),
  preset(
    'fle-lossy',
    'Fast Leader Election with a notification lost and one delivered twice',
    { election: 'fle', losses: 1, duplicates: 1, crashes: 0, txns: 0 },
    [285963, 1621171, 43],
  ),
  preset(
    'fle-partition',
    'Fast Leader Election under a partition of two servers, three rounds',
    { election: 'fle', partitions: 1, rounds: 3, crashes: 0, txns: 0 },
    [957099, 3684585, 60],
  ),
  preset(
    'fle-observer',
    'Fast Leader Election with two voters and an observer, a crash and a write',
    { election: 'fle', servers: 2, observers: 1 },
    [4849362, 16687160, 66],
  ),
  preset(
    'zookeeper-3.8-fle',
    'Fast Leader Election with a receive queue and its thread, as Apache ZooKeeper 3.8.0 has them, and no other difference',
    {
      variant: 'zookeeper-3.8',
      fix: variants.find(({ name }) => name === 'zookeeper-3.8')!.defects,
      election: 'fle',
      receiveQueue: 1,
      persistence: 'sync',
      start: 'cold',
      crashes: 0,
      txns: 0,
    },
    [84730, 284886, 42],
  ),
  {
    name: 'zookeeper-3.8-data-loss',
    summary:
      'what Apache ZooKeeper 3.8.0 does, and whether anything committed gets lost: it does (ZOOKEEPER-4646)',
    suite: false,
    properties: ['CommitDurability', 'QuorumDurability'],
    config: {
      variant: 'zookeeper-3.8',
      fix: ['ack-outlives-truncation'],
      persistence: 'async',
      start: 'established',
      txns: 0,
    },
  },
];

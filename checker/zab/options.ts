/** The configuration of the Zab model: ensemble, budgets of faults, grains. One schema for flags, files and traces. */
import { z } from 'zod';
import { defects } from '../../spec/defects.js';
import { variants } from '../../spec/variants.js';

const names = (named: readonly { readonly name: string }[]) =>
  z.enum(named.map(({ name }) => name) as [string, ...string[]]);

const budget = (initial: number, what: string) =>
  z.number().int().min(0).max(9).default(initial).describe(what);

export const zabSchema = z.strictObject({
  servers: z.number().int().min(1).max(7).default(3).describe('voters, numbered from 1'),
  observers: z.number().int().min(0).max(3).default(0).describe('observers, numbered after the voters'),
  txns: budget(1, 'client requests'),
  clients: z
    .enum(['anywhere', 'leader'])
    .default('anywhere')
    .describe('where requests come in: at any server that can take one, or at leaders alone'),
  crashes: budget(1, 'crashes, of any server at any moment'),
  restarts: z
    .union([z.literal('free'), z.number().int().min(0).max(9)])
    .default('free')
    .describe('restarts of crashed servers'),
  timeouts: budget(0, 'spurious time-outs: a server gives up although nothing is wrong'),
  partitions: budget(0, 'partitions of a pair of servers; healing is free'),
  cuts: budget(0, 'links that break, without a partition'),
  losses: budget(0, 'election notifications lost on the way'),
  duplicates: budget(0, 'election notifications delivered twice'),
  elections: z
    .union([z.literal('unbounded'), z.number().int().min(1).max(9)])
    .default(2)
    .describe('oracle and atomic: how often a server may start to lead'),
  rounds: z
    .union([z.literal('unbounded'), z.number().int().min(1).max(99)])
    .default('unbounded')
    .describe('fle: the election round in which nobody gives up its leader any more'),
  election: z
    .enum(['fle', 'oracle', 'atomic'])
    .default('oracle')
    .describe('grain of the election: message by message, or by the environment'),
  electionQueue: z
    .union([z.literal('unbounded'), z.number().int().min(1).max(9)])
    .default(1)
    .describe('notifications that an election channel holds; a newer one overwrites the newest'),
  receiveQueue: z
    .union([z.literal('unbounded'), z.number().int().min(1).max(100)])
    .default(2)
    .describe('fle, in variants with a receive queue: votes wait on their way while a queue holds that many'),
  resend: z
    .enum(['idle', 'free'])
    .default('idle')
    .describe('when a looking server sends its vote again: if nothing else can happen, or at any time'),
  persistence: z
    .enum(['sync', 'async'])
    .default('sync')
    .describe('sync: a write is durable at once; async: queued, and a crash keeps any prefix'),
  start: z
    .enum(['cold', 'serving', 'established', 'rejoined', 'diverged'])
    .default('cold')
    .describe('where the search starts'),
  variant: names(variants).default('zab').describe('the protocol, or a variant of it'),
  defect: z.array(names(defects)).default([]).describe('defects to plant'),
  fix: z.array(names(defects)).default([]).describe('defects of the variant to leave out'),
});

export type ZabOptions = z.output<typeof zabSchema>;

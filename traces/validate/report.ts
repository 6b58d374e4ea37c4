/**
 * What there is to say about a log, as plain data: the verdict, how much the log constrained, and for each server that is
 * stuck its first blocked line, what the specification would have done there, and which edit would make it pass.
 */
import type { LogEvent } from '../format/log.js';
import type { FieldDifference } from '../judge/match.js';
import type { StepTaken } from '../judge/explain.js';
import { renderAction, renderValue } from '../values.js';
import type { Coverage, ServerReport, Validation } from '../validate.js';
import type { Edit } from './repair.js';
import type { LogSubject, Place } from './subject.js';

export interface Blocked {
  readonly server: number;
  readonly place: Place;
  /** Where the implementation's own record has it. */
  readonly source: string | null;
  readonly event: string;
  readonly explained: number;
  readonly lines: number;
  readonly reason: string;
  readonly fields: readonly FieldDifference[];
  readonly steps: readonly {
    readonly event: string;
    readonly handler: string;
    readonly because: readonly string[];
  }[];
  readonly candidates: number;
  readonly edit: Edit | null;
}

export interface LogReport {
  readonly verdict: Validation['verdict'];
  /** Which bound was hit, of an inconclusive one. */
  readonly bound: string | null;
  readonly files: readonly string[];
  readonly variant: string;
  readonly events: number;
  /** Lines in front of the first that is not explained. */
  readonly prefix: number;
  readonly servers: readonly {
    readonly server: number;
    readonly lines: number;
    readonly explained: number;
    readonly verdict: string;
  }[];
  readonly blocked: readonly Blocked[];
  readonly disorder: {
    readonly reason: string;
    readonly lines: readonly { readonly place: Place; readonly event: string }[];
  } | null;
  readonly coverage: Coverage;
  readonly steps: number;
}

/** A line in words. */
export const eventText = ({ event, source: _, note: __, ...fields }: LogEvent): string =>
  renderAction({ name: event, ...fields });

export const placeText = ({ file, line }: Place): string => `${file}:${line}`;

const sourceText = ({ source }: LogEvent): string | null => {
  if (source === undefined) return null;
  const { file = '', line } = source;
  return line === undefined ? file : `${file}:${line}`;
};

const stepText = ({ event, handler, ignored, unexpected, hidden, rules }: StepTaken) => {
  const { type = handler, ...fields } = (event ?? {}) as { readonly type?: string } & Record<string, unknown>;
  return {
    event: renderAction({ name: type, ...fields }),
    handler,
    because: [
      ...(hidden ? [`guessed: ${hidden}`] : []),
      ...(ignored ? [`ignored: ${ignored}`] : []),
      ...(unexpected ? [`unexpected: ${unexpected}`] : []),
      ...rules.map(
        ({ rule, of, says }) => `rule ${rule}(${of.map(renderValue).join(', ')}) says ${renderValue(says)}`,
      ),
    ],
  };
};

const blockedAt = (
  { log, places }: LogSubject,
  { sid, verdict, lines, explained }: ServerReport,
  edit: Edit | null,
): readonly Blocked[] => {
  if (verdict.kind !== 'rejected') return [];
  const { why } = verdict;
  const at = why.source as number;
  const event = log.events[at]!;
  return [
    {
      server: sid,
      place: places[at]!,
      source: sourceText(event),
      event: eventText(event),
      explained,
      lines,
      reason: why.reason,
      fields: why.fields,
      steps: why.steps.map(stepText),
      candidates: why.candidates,
      edit,
    },
  ];
};

const boundOf = ({ verdict, servers }: Validation): string | null => {
  if (verdict !== 'inconclusive') return null;
  const stuck = servers.find(({ verdict: { kind } }) => kind === 'inconclusive')!;
  return stuck.verdict.kind === 'inconclusive' ? stuck.verdict.bound : null;
};

export const logReport = (
  subject: LogSubject,
  validation: Validation,
  edits: ReadonlyMap<number, Edit> = new Map(),
): LogReport => {
  const { log, files, places } = subject;
  const { verdict, servers, disorder, prefix, coverage, steps } = validation;
  return {
    verdict,
    bound: boundOf(validation),
    files,
    variant: log.header.variant,
    events: log.events.length,
    prefix,
    servers: servers.map((one) => ({
      server: one.sid,
      lines: one.lines,
      explained: one.explained,
      verdict: one.verdict.kind,
    })),
    blocked: servers.flatMap((one) => blockedAt(subject, one, edits.get(one.sid) ?? null)),
    disorder: disorder && {
      reason: disorder.reason,
      lines: disorder.events.map((at) => ({ place: places[at]!, event: eventText(log.events[at]!) })),
    },
    coverage,
    steps,
  };
};

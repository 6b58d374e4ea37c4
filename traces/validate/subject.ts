/** What `zab validate` was given: a log (perhaps in several files), recordings of our own servers, or a trace of a model. */
import { InputError } from '../../checker/errors.js';
import { readTextFile } from '../file.js';
import { parseTrace, type Trace, TraceFormatError } from '../format.js';
import { type Log, type LogEvent, LogFormatError, type LogHeader, parseLog } from '../format/log.js';
import { same } from '../difference.js';
import { RECORDING, readRecording } from './recording.js';

/** A line of a file; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface LogSubject {
  readonly kind: 'log';
  readonly files: readonly string[];
  readonly log: Log;
  /** Where each event of the log stands. */
  readonly places: readonly Place[];
}

export type Subject =
  | LogSubject
  | {
      readonly kind: 'recordings';
      readonly recordings: readonly { readonly file: string; readonly trace: Trace }[];
    }
  | { readonly kind: 'trace'; readonly file: string; readonly trace: Trace };

/** The text of a file of another format, as a log. */
export type Reader = (text: string, file: string) => Log;

export interface ReadOptions {
  /** Reads files of another format. */
  readonly reader?: Reader | undefined;
  /** Recordings may lack their end: the server was killed. */
  readonly cutShort?: boolean | undefined;
}

/** Errors of format are told with file and line. */
const inFile = <T>(file: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (error instanceof LogFormatError || error instanceof TraceFormatError)
      throw new InputError(`${file}:${error.line}: ${error.message}`);
    throw error;
  }
};

const headerIn = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const header = JSON.parse(text.split('\n', 1)[0]!);
    return typeof header === 'object' && header !== null ? header : {};
  } catch {
    return {};
  }
};

/** Judging needs something that the specification could refuse. */
const checkHeaders = (files: readonly string[], logs: readonly Log[]): LogHeader => {
  const [first, ...others] = logs.map(({ header }) => header) as [LogHeader, ...LogHeader[]];
  for (const [i, { generator: _, ...header }] of others.entries()) {
    const { generator: __, ...expected } = first;
    if (!same(header, expected))
      throw new InputError(`${files[i + 1]}:1: its header differs from that of ${files[0]}`);
  }
  if (others.length > 0 && first.order === 'total')
    throw new InputError(
      `${files[0]}:1: several files have no total order; say "order":"per-server" in their headers`,
    );
  return first;
};

const merged = (files: readonly string[], logs: readonly Log[], reader: boolean): LogSubject => {
  const header = checkHeaders(files, logs);
  const fileOf = new Map<number, number>();
  logs.forEach(({ events }, i) => {
    for (const { server } of events) {
      const known = fileOf.get(server) ?? i;
      if (known !== i)
        throw new InputError(`${files[i]}: lines of server ${server} stand in ${files[known]} too`);
      fileOf.set(server, i);
    }
  });
  const events: LogEvent[] = logs.flatMap((log) => log.events);
  const places = logs.flatMap((log, i) =>
    log.events.map(
      ({ source }, n): Place => ({ file: files[i]!, line: reader ? (source?.line ?? n + 1) : n + 2 }),
    ),
  );
  return { kind: 'log', files, log: { header, events }, places };
};

/** @throws InputError that names the file and the line of whatever is wrong */
export const readSubject = (
  files: readonly string[],
  { reader, cutShort = false }: ReadOptions = {},
): Subject => {
  const texts = files.map((file) => readTextFile(file));
  if (reader) {
    const logs = texts.map((text, i) => inFile(files[i]!, () => reader(text, files[i]!)));
    return merged(files, logs, true);
  }
  const kinds = texts.map((text) => {
    const { format, model } = headerIn(text);
    if (format !== 'zab-trace') return 'log';
    return model === RECORDING ? 'recording' : 'trace';
  });
  const [kind] = kinds;
  const other = kinds.findIndex((one) => one !== kind);
  if (other >= 0)
    throw new InputError(
      `${files[other]}: a ${kinds[other]}, and ${files[0]} is a ${kind}: judge them apart`,
    );
  if (kind === 'recording')
    return {
      kind: 'recordings',
      recordings: texts.map((text, i) => ({
        file: files[i]!,
        trace: inFile(files[i]!, () => readRecording(text, cutShort)),
      })),
    };
  if (kind === 'trace') {
    if (files.length > 1) throw new InputError(`${files[1]}: a trace of a model is judged alone`);
    return { kind: 'trace', file: files[0]!, trace: inFile(files[0]!, () => parseTrace(texts[0]!)) };
  }
  return merged(
    files,
    texts.map((text, i) => inFile(files[i]!, () => parseLog(text))),
    false,
  );
};

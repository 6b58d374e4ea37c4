/** `zab validate LOG…`: whether a run of the specification explains what was recorded of an implementation. */
import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import type { ModelDefinition } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import { type JUnitCase, junitXml } from '../traces/junit.js';
import { modelOfTrace } from '../traces/model.js';
import { selfContainedPage } from '../traces/page/html.js';
import { replay } from '../traces/replay.js';
import { judgeRecording, type RecordingReport } from '../traces/validate/recording.js';
import { type Edit, smallestEdit } from '../traces/validate/repair.js';
import { pictureOfLog } from '../traces/validate/picture.js';
import { type LogReport, logReport, placeText } from '../traces/validate/report.js';
import { selfTest } from '../traces/validate/self-test.js';
import { type LogSubject, type Reader, readSubject, type Subject } from '../traces/validate/subject.js';
import { type Validation, validate } from '../traces/validate.js';
import { printable } from '../traces/values.js';
import { captureLog } from '../traces/zookeeper/capture.js';
import { mismatchLines } from './mismatch.js';
import { grouped, parseCount } from './numbers.js';
import { writePage } from './page.js';
import { FILE_COLUMNS, type Output, type Terminal } from './terminal.js';
import { fieldLines, renderSelfTest, renderValidation } from './validate-report.js';
import { EXIT } from './verdict.js';

interface Flags {
  readonly from?: string;
  readonly json?: true;
  readonly html?: string;
  readonly junit?: string;
  readonly cutShort?: true;
  readonly selfTest?: true;
  readonly damages?: number;
  readonly edit: boolean;
  readonly maxSteps?: number;
}

const EXITS = { accepted: EXIT.verified, rejected: EXIT.violated, inconclusive: EXIT.incomplete } as const;

const MOST_DAMAGES = 300;

/** Enough for logs of hundreds of thousands of lines; a search that has lost its way takes longer than anyone waits. */
const MOST_STEPS = 3_000_000;

/** A state of a whole ensemble takes more room, and more time. */
const MOST_STEPS_OF_ENSEMBLE = 300_000;

const boundFor = ({ log }: LogSubject, { maxSteps }: Flags): number =>
  maxSteps ?? (log.header.records.includes('links') ? MOST_STEPS : MOST_STEPS_OF_ENSEMBLE);

const readers: Readonly<Record<string, Reader>> = { 'zookeeper-capture': captureLog };

const editsFor = (log: LogSubject['log'], validation: Validation): ReadonlyMap<number, Edit> =>
  new Map(
    validation.servers.flatMap(({ sid }) => {
      const edit = smallestEdit(log, validation, sid);
      return edit === null ? [] : [[sid, edit] as const];
    }),
  );

/** Of what goes into a file. */
const PLAIN: Output = { write: () => {}, columns: FILE_COLUMNS, color: false, live: false };

const page = (subject: LogSubject, report: LogReport, file: string, flags: Flags): void => {
  const until = report.verdict === 'accepted' ? report.events : Math.min(report.events, report.prefix + 1);
  const lines = renderValidation(report, lineOf(subject), PLAIN).trimEnd().split('\n');
  const title = subject.files.map((one) => basename(one)).join(', ');
  const run = {
    model: report.variant,
    config: `voters ${subject.log.header.voters.join(', ')}`,
    title,
    picture: pictureOfLog(subject, until, boundFor(subject, flags)),
    steps: report.events,
    ...(report.verdict !== 'accepted' && { mismatch: lines }),
  };
  writePage(file, selfContainedPage(`zab validate: ${title}`, { kind: 'run', run }));
};

/** A case for each server, and one for the messages between them. */
const junitOf = (subject: LogSubject, report: LogReport): string => {
  const text = renderValidation(report, lineOf(subject), PLAIN);
  const cases = report.servers.map(({ server, verdict, lines, explained }): JUnitCase => {
    const blocked = report.blocked.find((one) => one.server === server);
    const message = blocked
      ? `${placeText(blocked.place)}: ${blocked.reason}`
      : `${explained} of ${lines} lines are explained`;
    const kind = verdict === 'rejected' ? 'failure' : 'error';
    return {
      name: `server ${server}`,
      seconds: 0,
      ...(verdict !== 'explained' && { outcome: { kind, message, text } }),
    };
  });
  const { disorder } = report;
  const order: JUnitCase = {
    name: 'messages',
    seconds: 0,
    ...(disorder && { outcome: { kind: 'failure', message: disorder.reason, text } }),
  };
  return junitXml([{ name: `zab validate ${subject.files.join(' ')}`, cases: [...cases, order] }]);
};

const lineOf =
  ({ places }: LogSubject) =>
  (at: number): string =>
    printable(placeText(places[at]!));

/** Of an accepted log; another one has nothing to damage. */
const testItself = (subject: LogSubject, validation: Validation, flags: Flags, out: Output): number => {
  if (validation.verdict !== 'accepted') {
    const report = logReport(subject, validation);
    out.write(renderValidation(report, lineOf(subject), out));
    return EXITS[report.verdict];
  }
  const result = selfTest(subject.log, validation, flags.damages ?? MOST_DAMAGES);
  out.write(
    flags.json ? `${JSON.stringify(result, null, 2)}\n` : renderSelfTest(result, lineOf(subject), out),
  );
  return EXIT.verified;
};

const validateLog = (subject: LogSubject, flags: Flags, { out }: Terminal): number => {
  const validation = validate(subject.log, { maxSteps: boundFor(subject, flags) });
  if (validation.coverage.constraining === 0)
    throw new InputError(
      `${subject.files.join(', ')}: no line says what a server did, so there is nothing to judge`,
    );
  if (flags.selfTest) return testItself(subject, validation, flags, out);
  const edits = flags.edit ? editsFor(subject.log, validation) : new Map<number, Edit>();
  const report = logReport(subject, validation, edits);
  if (flags.html !== undefined) page(subject, report, flags.html, flags);
  if (flags.junit !== undefined) writePage(flags.junit, junitOf(subject, report));
  if (flags.json) out.write(`${JSON.stringify(report, null, 2)}\n`);
  else out.write(renderValidation(report, lineOf(subject), out));
  return EXITS[report.verdict];
};

// --- recordings and traces, where nothing has to be guessed

const recordingLines = (
  file: string,
  { sid, steps, mismatch }: RecordingReport,
  columns: number,
): readonly string[] =>
  mismatch === null
    ? [`${printable(file)}: server ${sid}, all ${grouped(steps)} steps are the specification's`]
    : [
        `${printable(file)}:${mismatch.step + 1}: server ${sid}, step ${mismatch.step} (${printable(mismatch.handler)})`,
        `  ${printable(mismatch.reason)}`,
        ...fieldLines(mismatch.fields, columns),
      ];

const validateRecordings = (
  { recordings }: Extract<Subject, { kind: 'recordings' }>,
  flags: Flags,
  { out }: Terminal,
): number => {
  const reports = recordings.map(({ file, trace }) => ({ file, report: judgeRecording(trace) }));
  const wrong = reports.filter(({ report }) => report.mismatch !== null);
  const { green, red, bold } = pc.createColors(out.color);
  if (flags.json)
    out.write(
      `${JSON.stringify(
        {
          verdict: wrong.length === 0 ? 'accepted' : 'rejected',
          recordings: reports.map(({ file, report: { handlers, ...report } }) => ({
            file,
            ...report,
            handlers: Object.fromEntries(handlers),
          })),
        },
        null,
        2,
      )}\n`,
    );
  else {
    const steps = reports.reduce((sum, { report }) => sum + report.steps, 0);
    const verdict =
      wrong.length === 0
        ? `${green(bold('ACCEPTED'))}: all ${grouped(steps)} steps are the specification's own.`
        : `${red(bold('REJECTED'))}: ${wrong.length} of ${reports.length} recordings are not of the specification.`;
    const lines = reports.flatMap(({ file, report }) => recordingLines(file, report, out.columns));
    out.write(`${[...lines, '', verdict].join('\n')}\n`);
  }
  return wrong.length === 0 ? EXIT.verified : EXIT.violated;
};

const validateTrace = (
  { file, trace }: Extract<Subject, { kind: 'trace' }>,
  models: readonly ModelDefinition[],
  flags: Flags,
  { out }: Terminal,
): number => {
  const outcome = replay(modelOfTrace(trace, models), trace);
  const { green, red, bold } = pc.createColors(out.color);
  const verdict = outcome.matches ? 'accepted' : 'rejected';
  if (flags.json) out.write(`${JSON.stringify({ verdict, file, ...outcome }, null, 2)}\n`);
  else if (outcome.matches)
    out.write(`${green(bold('ACCEPTED'))}: all ${grouped(outcome.steps)} steps are those of the model.\n`);
  else
    out.write(
      `${[
        ...mismatchLines(outcome.mismatch, trace, out.columns),
        '',
        `${red(bold('REJECTED'))}: the first ${grouped(outcome.steps)} of ${grouped(trace.steps.length)} steps are those of the model.`,
      ].join('\n')}\n`,
    );
  return EXITS[verdict];
};

const validateAny = (
  files: readonly string[],
  flags: Flags,
  models: readonly ModelDefinition[],
  terminal: Terminal,
): number => {
  const reader = flags.from === undefined ? undefined : readers[flags.from];
  const subject = readSubject(files, { reader, cutShort: flags.cutShort });
  if (subject.kind === 'log') return validateLog(subject, flags, terminal);
  if (flags.html !== undefined || flags.junit !== undefined)
    throw new InputError('--html and --junit show a log; of a trace zab replay --html makes a page');
  return subject.kind === 'recordings'
    ? validateRecordings(subject, flags, terminal)
    : validateTrace(subject, models, flags, terminal);
};

const count = (text: string): number => {
  const value = parseCount(text);
  if (value === undefined) throw new InvalidArgumentError('It must be a number.');
  return value;
};

export const validateCommand = (
  models: readonly ModelDefinition[],
  terminal: Terminal,
  done: (exitCode: number) => void,
): Command =>
  new Command('validate')
    .summary('judge a log of an implementation: does a run of the specification explain it?')
    .description(
      'Judges what was recorded of an implementation (docs/log-format.md): is there a run of the specification that explains all of it? Takes recordings of zab serve --trace and traces of the model as well.',
    )
    .argument(
      '<log...>',
      'a log; several, one or more servers in each, where only the order of each server is known',
    )
    .addOption(new Option('--from <kind>', 'the files are of another format').choices(Object.keys(readers)))
    .addOption(new Option('--json', 'print the report as one JSON object'))
    .addOption(new Option('--html <file>', 'write the log and the report as a page'))
    .addOption(new Option('--junit <file>', 'write the report as JUnit XML'))
    .addOption(
      new Option('--self-test', 'damage an accepted log in many ways, and print the share that is rejected'),
    )
    .addOption(
      new Option('--damages <n>', `how many to try at most (default ${MOST_DAMAGES})`).argParser(count),
    )
    .addOption(new Option('--no-edit', 'do not look for the smallest edit that would make it pass'))
    .addOption(new Option('--cut-short', 'recordings may lack their end, since the server was killed'))
    .addOption(
      new Option(
        '--max-steps <n>',
        `steps of the search for each server (default ${grouped(MOST_STEPS)}); of a log without messages, for all together (${grouped(MOST_STEPS_OF_ENSEMBLE)})`,
      ).argParser(count),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 accepted, 1 rejected, 2 malformed, 3 inconclusive (a bound was hit).',
    )
    .action((files: readonly string[], flags: Flags) => done(validateAny(files, flags, models, terminal)));

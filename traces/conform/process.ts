/**
 * An adapter as a process: a request a line in, a reply a line out, one at a time. Whatever goes wrong with the process
 * itself (it hangs, dies, prints what is no reply) is an `AdapterError` that says what was asked and what came.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { z } from 'zod';
import { printable } from '../values.js';
import {
  type Asked,
  type Hello,
  hello,
  type Observed,
  type Outcome,
  observation,
  outcome,
  PROTOCOL_VERSION,
  stopped,
  unsupported,
} from './protocol.js';

/** Longer than any reply of a run; a line without an end has to be noticed some time. */
export const LONGEST_LINE = 1 << 20;
const SHOWN = 200;
const LAST_WORDS = 2000;

/** The adapter does not keep to the protocol, or is gone. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
}

/** The adapter says that it cannot do what was asked: neither right nor wrong. */
export class NotSupported extends Error {
  override readonly name = 'NotSupported';
}

/** One server behind the protocol, whether in another process or in this one. */
export interface Host {
  readonly hello: Hello;
  /** @throws AdapterError, NotSupported */
  readonly act: (asked: Asked) => Promise<Outcome>;
  /** @throws AdapterError, NotSupported */
  readonly observe: () => Promise<Observed>;
  readonly stop: () => Promise<void>;
}

const clipped = (text: string): string =>
  printable(text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text);

const issuesOf = (error: z.ZodError): string =>
  error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`)
    .join('; ');

/** What an operation is called in messages. */
export const asked = (request: Asked): string => {
  if (request.op === 'do') return `do ${request.event}`;
  if (request.op !== 'deliver') return request.op;
  return `deliver ${request.message?.type ?? 'notification'}`;
};

export interface ProcessOptions {
  /** How long a reply may take. */
  readonly timeoutMs: number;
}

export const DEFAULT_TIMEOUT_MS = 10_000;

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: AdapterError) => void;
}

export class AdapterProcess implements Host {
  hello!: Hello;
  readonly #child: ChildProcess;
  readonly #timeoutMs: number;
  #buffer = '';
  #errors = '';
  #lines: string[] = [];
  #waiting: Waiting | null = null;
  #gone: string | null = null;
  #id = 0;

  private constructor(
    readonly command: string,
    { timeoutMs }: ProcessOptions,
  ) {
    this.#timeoutMs = timeoutMs;
    // A group of its own, so that a shell and what it started end together.
    this.#child = spawn(command, { shell: true, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-LAST_WORDS);
    });
    // Writing to a process that has gone; `exit` tells the story.
    this.#child.stdin!.on('error', () => {});
    this.#child.on('error', (error) => this.#fail(`cannot be started: ${error.message}`));
    this.#child.on('close', (code, signal) =>
      this.#fail(`ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}`),
    );
  }

  /** Starts the command and says hello. @throws AdapterError */
  static async start(command: string, options: ProcessOptions): Promise<AdapterProcess> {
    const adapter = new AdapterProcess(command, options);
    try {
      const request: Asked = { op: 'hello', protocol: PROTOCOL_VERSION };
      const reply = await adapter.raw(request);
      if (typeof reply.protocol === 'number' && reply.protocol !== PROTOCOL_VERSION)
        throw new AdapterError(
          `the adapter speaks version ${reply.protocol} of the protocol; this program speaks version ${PROTOCOL_VERSION}`,
        );
      adapter.hello = adapter.#parsed(hello, request, reply);
      return adapter;
    } catch (error) {
      adapter.kill();
      throw error;
    }
  }

  async act(request: Asked): Promise<Outcome> {
    return this.#parsed(outcome, request, await this.raw(request));
  }

  async observe(): Promise<Observed> {
    const request: Asked = { op: 'observe' };
    return this.#parsed(observation, request, await this.raw(request)).state;
  }

  /** Asks it to end, and ends it if it does not. */
  async stop(): Promise<void> {
    try {
      this.#parsed(stopped, { op: 'stop' }, await this.raw({ op: 'stop' }));
      this.#child.stdin!.end();
    } finally {
      await this.ended(1000);
      this.kill();
    }
  }

  /** Resolves with its exit code, or with null if it is still there after that time. */
  ended(withinMs: number): Promise<number | null> {
    const { exitCode } = this.#child;
    if (exitCode !== null) return Promise.resolve(exitCode);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), withinMs);
      this.#child.once('exit', (code) => {
        clearTimeout(timer);
        resolve(code);
      });
    });
  }

  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {}
  }

  /** A reply as it came, with the right id and no complaint in it. @throws AdapterError, NotSupported */
  async raw(request: Asked): Promise<Record<string, unknown>> {
    const id = ++this.#id;
    const reply = this.#object(request, await this.#exchange(request, JSON.stringify({ id, ...request })));
    if (reply.id !== id)
      throw this.#wrong(request, `its id is ${JSON.stringify(reply.id)}, and ${id} was asked`, reply);
    const refusal = unsupported.safeParse(reply);
    if (refusal.success) throw new NotSupported(refusal.data.unsupported);
    return reply;
  }

  #exchange(request: Asked, line: string): Promise<string> {
    if (this.#lines.length > 0)
      return Promise.reject(
        new AdapterError(
          `before ${asked(request)} was asked, the adapter printed a line of its own: ${clipped(this.#lines[0]!)}\n  standard output is for replies alone; print anything else to standard error`,
        ),
      );
    if (this.#gone !== null) return Promise.reject(this.#ended(request));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#settle()?.reject(
          new AdapterError(
            `no reply to ${asked(request)} within ${this.#timeoutMs} ms${this.#lastWords()}\n  flush standard output after every line; answer "quiet":false rather than wait long`,
          ),
        );
      }, this.#timeoutMs);
      this.#waiting = {
        resolve: (text) => {
          clearTimeout(timer);
          resolve(text);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#request = request;
      this.#child.stdin!.write(`${line}\n`);
    });
  }

  #request: Asked = { op: 'wait' };

  #settle(): Waiting | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    return waiting;
  }

  #read(text: string): void {
    this.#buffer += text;
    for (let end = this.#buffer.indexOf('\n'); end >= 0; end = this.#buffer.indexOf('\n')) {
      const line = this.#buffer.slice(0, end);
      this.#buffer = this.#buffer.slice(end + 1);
      const waiting = this.#settle();
      if (waiting) waiting.resolve(line);
      else this.#lines.push(line);
    }
    if (this.#buffer.length <= LONGEST_LINE) return;
    this.#settle()?.reject(
      new AdapterError(
        `the reply to ${asked(this.#request)} is a line of more than ${LONGEST_LINE} characters: ${clipped(this.#buffer)}`,
      ),
    );
    this.kill();
  }

  #fail(how: string): void {
    this.#gone ??= how;
    this.#settle()?.reject(this.#ended(this.#request));
  }

  #ended(request: Asked): AdapterError {
    return new AdapterError(`the adapter ${this.#gone}; ${asked(request)} was asked${this.#lastWords()}`);
  }

  #lastWords(): string {
    const words = this.#errors.trim();
    return words === ''
      ? ''
      : `\n  its standard error ends: ${words.split('\n').slice(-6).map(printable).join('\n    ')}`;
  }

  #wrong(request: Asked, what: string, reply: unknown): AdapterError {
    const text = typeof reply === 'string' ? reply : JSON.stringify(reply);
    return new AdapterError(`the reply to ${asked(request)} is wrong: ${what}\n  it was ${clipped(text)}`);
  }

  #object(request: Asked, line: string): Record<string, unknown> {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      throw this.#wrong(
        request,
        'not a line of JSON (standard output is for replies alone; print anything else to standard error)',
        line,
      );
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw this.#wrong(request, 'not a JSON object', line);
    return json as Record<string, unknown>;
  }

  #parsed<S extends z.ZodType>(schema: S, request: Asked, reply: Record<string, unknown>): z.infer<S> {
    const parsed = schema.safeParse(reply);
    if (parsed.success) return parsed.data;
    throw this.#wrong(request, issuesOf(parsed.error), reply);
  }
}

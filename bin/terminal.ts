/** What the command needs of the world around it: two streams, their width and colours, Ctrl-C and keys. Tests bring their own. */
import { fstatSync, writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';

export interface Output {
  readonly write: (text: string) => void;
  /** Columns; of a stream that is no terminal, a width that reads well in a file. */
  readonly columns: number;
  /** Absent of a stream that is no terminal. */
  readonly rows?: number;
  readonly color: boolean;
  /** Whether a line can be rewritten in place. */
  readonly live: boolean;
}

export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  /** Calls back at each Ctrl-C until the function that is returned is called. */
  readonly onInterrupt: (callback: () => void) => () => void;
  /** Ends the process now; for a user who does not want to wait. */
  readonly exit: (code: number) => void;
  /** From now on what finds no room is left unsaid: a server outlives the disk that its log is on. */
  readonly outliveDisk?: () => void;
  /**
   * Calls back with the name of each key (j, G, up, escape; interrupt for Ctrl-C) until the function that is returned is
   * called. Absent where there is nobody to press one.
   */
  readonly keys?: (callback: (key: string) => void) => () => void;
}

/** Of what goes to a file. */
export const FILE_COLUMNS = 110;

/** A full disk, say: none of the documented codes would be true. */
const WRITE_ERROR = 74;

/** NO_COLOR and FORCE_COLOR as they are commonly understood: set and not empty; FORCE_COLOR=0 means none. */
const wantsColor = (stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean => {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
};

/** The stream of a file ends with its first error; the file is there again once there is room. */
const writeIfRoom = (fd: number, text: string): void => {
  try {
    writeSync(fd, text);
  } catch {
    // Nowhere to say so.
  }
};

const output = (
  stream: NodeJS.WriteStream,
  fd: number,
  env: NodeJS.ProcessEnv,
  outlivesDisk: () => boolean,
): Output => {
  // A reader that went away (`| head`) wants no more; the exit code is still the verdict.
  let gone = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    gone = true;
    if (error.code === 'EPIPE' || outlivesDisk()) return;
    process.stderr.write(`zab: cannot write: ${error.message}\n`);
    process.exit(WRITE_ERROR);
  });
  return {
    write: (text) => {
      if (outlivesDisk() && fstatSync(fd).isFile()) writeIfRoom(fd, text);
      else if (!gone) stream.write(text);
    },
    get columns() {
      return stream.isTTY ? Math.max(20, stream.columns || 80) : FILE_COLUMNS;
    },
    get rows() {
      return stream.rows ?? 24;
    },
    color: wantsColor(stream, env),
    live: stream.isTTY === true && env.TERM !== 'dumb' && !env.CI,
  };
};

interface Key {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly shift?: boolean;
}

const keyName = (text: string | undefined, { name, ctrl, shift }: Key): string => {
  if (ctrl) return name === 'c' ? 'interrupt' : '';
  return shift && text !== undefined && /^[A-Z]$/.test(text) ? text : (name ?? text ?? '');
};

/** Raw mode lasts only while somebody listens, so that a crash in between cannot leave the terminal in it for long. */
const keysOf = (stdin: NodeJS.ReadStream): NonNullable<Terminal['keys']> => {
  emitKeypressEvents(stdin);
  return (callback) => {
    const listen = (text: string | undefined, key: Key): void => callback(keyName(text, key));
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('keypress', listen);
    return () => {
      stdin.off('keypress', listen);
      stdin.setRawMode(false);
      stdin.pause();
    };
  };
};

export const processTerminal = (): Terminal => {
  let outlivesDisk = false;
  return {
    out: output(process.stdout, 1, process.env, () => outlivesDisk),
    err: output(process.stderr, 2, process.env, () => outlivesDisk),
    onInterrupt: (callback) => {
      process.on('SIGINT', callback);
      return () => process.off('SIGINT', callback);
    },
    exit: (code) => process.exit(code),
    outliveDisk: () => {
      outlivesDisk = true;
    },
    ...(process.stdin.isTTY && { keys: keysOf(process.stdin) }),
  };
};

/** `zab replay --step`: walks through a run key by key, forth and back. */
import { InputError } from '../checker/errors.js';
import type { Trace } from '../traces/format.js';
import type { Picture } from '../traces/picture.js';
import { renderScreen } from '../traces/screen.js';
import type { Terminal } from './terminal.js';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const CLEAR = '\x1b[H\x1b[2J';

const moves: Readonly<Record<string, (step: number, last: number) => number>> = {
  j: (step) => step + 1,
  l: (step) => step + 1,
  down: (step) => step + 1,
  right: (step) => step + 1,
  space: (step) => step + 1,
  return: (step) => step + 1,
  k: (step) => step - 1,
  h: (step) => step - 1,
  up: (step) => step - 1,
  left: (step) => step - 1,
  backspace: (step) => step - 1,
  pagedown: (step) => step + 10,
  pageup: (step) => step - 10,
  g: () => 0,
  home: () => 0,
  G: (_step, last) => last,
  end: (_step, last) => last,
};

/** @throws InputError where nobody can press a key. */
export const stepThrough = async (
  trace: Trace,
  picture: Picture,
  { keys, out }: Terminal,
  start = 0,
): Promise<void> => {
  if (keys === undefined || !out.live)
    throw new InputError('--step needs a terminal to read keys from; without it, use --until N');
  const last = picture.steps.length;
  let step = Math.min(start, last);
  const draw = (): void => {
    const { columns: width, rows: height = 24, color } = out;
    out.write(CLEAR + renderScreen(trace, picture, step, { width, height, color }));
  };
  out.write(ENTER);
  try {
    await new Promise<void>((resolve) => {
      const stop = keys((key) => {
        if (key === 'q' || key === 'escape' || key === 'interrupt') {
          stop();
          resolve();
          return;
        }
        const next = moves[key]?.(step, last);
        if (next === undefined) return;
        step = Math.max(0, Math.min(last, next));
        draw();
      });
      draw();
    });
  } finally {
    out.write(LEAVE);
  }
};

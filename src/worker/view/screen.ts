/** A terminal, as far as it is drawn on. */
export type Terminal = {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
};

export type Screen = {
  /** Puts these lines where the last ones stood. */
  readonly draw: (lines: readonly string[]) => void;
  /** Lines that stay, above those that are drawn. */
  readonly print: (lines: readonly string[]) => void;
  /** Leaves what is drawn, and gives the cursor back. It may be called more than once. */
  readonly close: () => void;
};

/** A line that turns out too wide is cut by the terminal, so that as many lines are gone over again as were written. */
const begin = '\u001b[?25l\u001b[?7l';
const end = '\u001b[?7h';
const restore = '\u001b[?7h\u001b[?25h';

/** Draws in place. All of a picture goes out in one piece, and nothing is cleared before it is written over: nothing flickers. */
export const openScreen = (terminal: Terminal): Screen => {
  let drawn: readonly string[] = [];
  let closed = false;
  const back = (): string => (drawn.length > 0 ? `\u001b[${drawn.length}A\r` : '');
  const put = (above: readonly string[], lines: readonly string[]): void => {
    const text = [...above, ...lines].map((line) => `${line}\u001b[K\n`).join('');
    terminal.write(`${begin}${back()}${text}\u001b[J${end}`);
    drawn = lines;
  };
  const close = (): void => {
    if (closed) return;
    closed = true;
    process.removeListener('exit', close);
    terminal.write(restore);
  };
  // However the process ends, the cursor comes back.
  process.once('exit', close);
  return {
    draw: (lines) => {
      // What has scrolled away cannot be gone back to.
      if (!closed) put([], lines.slice(0, Math.max(1, (terminal.rows ?? 24) - 1)));
    },
    print: (lines) => {
      if (closed) terminal.write(lines.map((line) => `${line}\n`).join(''));
      else put(lines, drawn);
    },
    close,
  };
};

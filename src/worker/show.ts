import type { WorkerEvent, WorkerState } from './state.ts';
import { lineOf } from './view/line.ts';
import { openScreen } from './view/screen.ts';
import { viewOf } from './view/view.ts';

/** Where a supervisor is seen. */
export type Show = {
  readonly event: (event: WorkerEvent) => void;
  /** Words for people; nothing where programs read. */
  readonly lines: (texts: readonly string[]) => void;
  /** The same for programs. */
  readonly object: (value: object) => void;
  /** From here on the state can be drawn, until it is closed. */
  readonly follow: (state: () => Promise<WorkerState>) => () => Promise<void>;
};

export type ShowOptions = {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly colour: boolean;
  /** Prints a text and a line end, safely. */
  readonly print: (text: string) => void;
};

const nothingToClose = (): (() => Promise<void>) => async () => undefined;

/** One object a line, or one line an event: for pipes and logs. */
const inLines = ({ json, quiet, print }: ShowOptions): Show => ({
  event: (event) => {
    if (json) print(JSON.stringify(event));
    else if (!quiet) print(lineOf(event));
  },
  lines: (texts) => {
    if (!json && !quiet) for (const text of texts) print(text);
  },
  object: (value) => {
    if (json) print(JSON.stringify(value));
  },
  follow: nothingToClose,
});

const redraw = 1_000;

/** On a terminal: what happens scrolls by, and below it stands who is at work. */
const onScreen = ({ colour, print }: ShowOptions): Show => {
  let screen: ReturnType<typeof openScreen> | undefined;
  const lines = (texts: readonly string[]): void => {
    if (screen) screen.print(texts);
    else for (const text of texts) print(text);
  };
  return {
    event: (event) => lines([lineOf(event)]),
    lines,
    object: () => undefined,
    follow: (state) => {
      const open = (screen = openScreen(process.stdout));
      const draw = async (): Promise<void> => {
        const { columns, rows } = process.stdout;
        // A terminal that does not know its size says 0.
        const view = { width: columns || 80, height: rows || 24, now: Date.now(), colour };
        open.draw(viewOf(await state(), view));
      };
      let drawing = Promise.resolve();
      // What cannot be read at this moment is drawn a second later.
      const timer = setInterval(() => {
        drawing = draw().catch(() => undefined);
      }, redraw);
      return async () => {
        clearInterval(timer);
        await drawing;
        open.draw([]);
        open.close();
        screen = undefined;
      };
    },
  };
};

export const showOf = (options: ShowOptions): Show =>
  process.stdout.isTTY && !options.json && !options.quiet ? onScreen(options) : inLines(options);

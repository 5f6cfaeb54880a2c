import type { Operation } from '../operations/operation.ts';
import { onward } from './demo/ending.ts';
import { healing } from './demo/healing.ts';
import { replaying } from './demo/replaying.ts';
import { openStage } from './demo/stage.ts';
import type { Story } from './demo/story.ts';
import { teller } from './demo/tell.ts';
import { cliSpeak, commandLine } from './speak.ts';

/** What can be shown, by name; the first one where none is named. */
export const stories = { healing, replay: replaying } as const satisfies Record<string, Story>;

export type DemoOptions = {
  readonly story: keyof typeof stories;
  /** Remove the directory at the end. */
  readonly clean: boolean;
  readonly colour: boolean;
  readonly operations: readonly Operation[];
};

const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Plays a day of a small team with real processes, and checks all that it shows; returns the exit code. */
export const demo = async (options: DemoOptions): Promise<number> => {
  const { clean, colour, operations } = options;
  const story = stories[options.story];
  const stage = openStage(story.plan);
  const tell = teller(cliSpeak((call) => commandLine(operations, {}, call), colour, Date.now()));
  const left = clean ? 'Its directory is removed.' : `Its directory stays: ${stage.directory}`;
  const leave = (): void => stage.close(clean);
  let stopped = false;
  process.once('exit', leave);
  for (const [signal, code] of Object.entries(signals)) {
    process.once(signal, () => {
      stopped = true;
      tell.hush();
      process.stderr.write(`\nThe demo was stopped. ${left}\n`);
      void stage.end().finally(() => process.exit(code));
    });
  }
  try {
    await story.play(stage, tell);
    tell.lines(
      clean
        ? ['', `Removed ${stage.directory}, as --clean asked.`]
        : await onward(stage, story.tries),
    );
    return 0;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!stopped) process.stderr.write(`\nThe demo failed: ${reason}\n${left}\n`);
    return 1;
  } finally {
    await stage.end();
    leave();
    process.off('exit', leave);
  }
};

import type { Try } from './ending.ts';
import type { Stage } from './stage.ts';
import type { Teller } from './tell.ts';

/** A story that real processes act, and that is told as they go. */
export type Story = {
  /** What the lead keeps in team.yaml. */
  readonly plan: string;
  play(stage: Stage, tell: Teller): Promise<void>;
  /** What to type afterwards. */
  readonly tries: readonly Try[];
};

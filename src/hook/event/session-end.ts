import { recordStood } from '../../operations/continuity/stood.ts';
import { standOf } from '../../operations/session/stand.ts';
import { stopWaking } from '../../operations/session/wake.ts';
import type { Answer } from '../happening.ts';
import type { Here } from '../here.ts';
import { parkAll } from '../park.ts';

/** A session's end has little time in all. */
const patience = 600;

/** Kept for the next session of the agent: where this one stood. */
const noteStand = async ({ happening, session, context }: Here): Promise<void> => {
  const here = context();
  const [agent, stand] = await Promise.all([
    here.agent(),
    standOf(happening.cwd, patience).catch(() => undefined),
  ]);
  const [claim] = session.claims().slice(-1);
  recordStood(here, agent, {
    dirty: [],
    changed: 0,
    ...stand,
    time: new Date().toISOString(),
    ...(claim && { contract: claim.contract }),
  });
};

export const preCompact = async (here: Here): Promise<undefined> => {
  await noteStand(here);
};

/** Its conversation was cleared, or another one is gone on with: the client, and what the session has in hand, stay. */
const goesOn = new Set(['clear', 'resume']);

export const sessionEnd = async (here: Here): Promise<Answer | undefined> => {
  stopWaking(here.main);
  const ends = !goesOn.has(here.happening.reason ?? '');
  await Promise.all([noteStand(here).catch(() => undefined), ends ? parkAll(here) : undefined]);
  return undefined;
};

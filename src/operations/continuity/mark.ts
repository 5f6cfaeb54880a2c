import type { JsonObject } from '../../model/json.ts';
import type { Time } from '../../model/entity.ts';
import type { Store } from '../../store/store.ts';
import { positionSince } from '../at.ts';
import type { Context } from '../operation.ts';

/** How far an agent was briefed: the line's head then, and the commit of its work tree. */
export type Mark = { readonly commit: string; readonly time: Time; readonly code?: string };

/** Names of lines have slashes, names of notes have none; no line's name has a plus. */
const noteOf = (line: string): string => `briefed-${line.replaceAll('/', '+')}`;

const parse = (value: JsonObject | undefined): Mark | undefined => {
  const { commit, time, code } = value ?? {};
  if (typeof commit !== 'string' || typeof time !== 'string') return undefined;
  return { commit, time, ...(typeof code === 'string' && { code }) };
};

/** What this session was told last; at its beginning, what the agent's last session was. */
export const markOf = (context: Context, agent: string): Mark | undefined =>
  parse(context.session().notes.read(noteOf(context.line))) ??
  parse(context.memory(agent).read(noteOf(context.line)));

export const setMark = (context: Context, agent: string, mark: Mark): void => {
  context.session().notes.write(noteOf(context.line), mark);
  context.memory(agent).write(noteOf(context.line), mark);
};

/** The position after which things are new. A commit that is not of this line's history any more is replaced by its time. */
export const positionOf = async (
  store: Store,
  line: string,
  mark: Mark | undefined,
): Promise<number | undefined> => {
  if (!mark) return undefined;
  const known = await store.read(line, (facts) => {
    const place = facts.place(mark.commit);
    const course = facts.lines.course(line);
    const own = course.some((one) => one.line === place?.line && place.position <= one.position);
    return own ? place?.position : undefined;
  });
  return known ?? positionSince(store, line, mark.time).catch(() => undefined);
};

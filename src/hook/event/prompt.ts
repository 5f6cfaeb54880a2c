import { cursorOf, newsOf } from '../../operations/inbox/news.ts';
import type { Answer } from '../happening.ts';
import type { Here } from '../here.ts';

const note = 'told';

/** One line when something is unread that the line has not told of before. */
export const prompt = async ({ session, context }: Here): Promise<Answer | undefined> => {
  const here = context();
  const [store, agent] = await Promise.all([here.store(), here.agent()]);
  const cursor = await cursorOf(here, store, agent);
  const news = await store.look(here.line, (view, facts) =>
    newsOf({ view, facts, line: here.line }, agent, cursor),
  );
  if (!news || session.notes.read(note)?.['mark'] === news.mark) return undefined;
  session.notes.write(note, { mark: news.mark });
  const amount = `${news.more ? 'more than ' : ''}${news.count}`;
  return { context: `Concord: ${amount} unread (latest: ${news.latest}).` };
};

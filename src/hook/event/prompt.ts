import { newsFor, noteTold, wasTold } from '../../operations/inbox/news.ts';
import type { Answer } from '../happening.ts';
import type { Here } from '../here.ts';

/** One line when something is unread that the session was not told of before. */
export const prompt = async ({ session, context }: Here): Promise<Answer | undefined> => {
  const news = await newsFor(context());
  if (!news || wasTold(session, news)) return undefined;
  noteTold(session, news);
  const amount = `${news.more ? 'more than ' : ''}${news.count}`;
  return { context: `Concord: ${amount} unread (latest: ${news.latest}).` };
};

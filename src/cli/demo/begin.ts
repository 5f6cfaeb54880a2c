import type { Stage } from './stage.ts';
import type { Shown } from './tell.ts';

/** A repository gets a store. */
export const begin = async (stage: Stage): Promise<Shown> => {
  await stage.prepare();
  const made = await stage.run('concord', 'init');
  made.expect('Made a Concord store');
  return { call: '$ concord init', reply: made.out, lines: 1 };
};

import type { Past } from '../model/line/past.ts';
import { stateThen } from '../model/line/past.ts';
import type { View } from '../model/view.ts';
import type { Facts } from './index/facts.ts';
import { EarlierFiles } from './past.ts';
import type { Point } from './past.ts';
import type { Store } from './store.ts';

/** How a line stood at a point of it, as seen from now; what that asks for is read on the way. */
export const lookBack = <T>(
  store: Store,
  point: Point,
  body: (then: View, now: View, past: Past, facts: Facts) => T,
): Promise<T> => {
  const files = new EarlierFiles(store.objects, point);
  return files.loading(() =>
    store.look(point.line, (now, facts) => {
      const past = files.past(facts);
      return body(stateThen(now, past), now, past, facts);
    }),
  );
};

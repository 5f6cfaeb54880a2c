import type { Oid } from './object.ts';
import type { Objects } from './objects.ts';
import type { Repository } from './repository.ts';

/** What an index is made from. */
export type IndexParts = {
  readonly repository: Repository;
  readonly objects: Objects;
  readonly tip: (ref: string) => Promise<Oid | undefined>;
  readonly warn: (text: string) => void;
  readonly memory?: boolean;
};

import { isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Time } from '../../model/entity.ts';
import type { Context } from '../operation.ts';
import type { Stand } from '../session/stand.ts';

/** Where an agent's session stood when it ended, or before it was compacted. */
export type Stood = Stand & {
  readonly time: Time;
  /** The contract in its hands. */
  readonly contract?: string;
};

const note = 'stood';

const text = (value: JsonObject, name: string): string | undefined => {
  const found = value[name];
  return typeof found === 'string' ? found : undefined;
};

export const stoodOf = (context: Context, agent: string): Stood | undefined => {
  const value = context.memory(agent).read(note);
  if (!isObject(value)) return undefined;
  const [time, branch, commit, contract] = ['time', 'branch', 'commit', 'contract'].map((name) =>
    text(value, name),
  );
  const { dirty, changed } = value;
  if (time === undefined || Number.isNaN(Date.parse(time))) return undefined;
  const files = Array.isArray(dirty) ? dirty.filter((one) => typeof one === 'string') : [];
  return {
    time,
    dirty: files,
    changed: typeof changed === 'number' ? changed : files.length,
    ...(branch !== undefined && { branch }),
    ...(commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit) && { commit }),
    ...(contract !== undefined && { contract }),
  };
};

export const recordStood = (context: Context, agent: string, stood: Stood): void =>
  context.memory(agent).write(note, stood);

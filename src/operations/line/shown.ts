import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { count, oneLine } from '../../model/text.ts';
import type { Closing, Fork } from '../../store/index/line-facts.ts';
import { age } from '../age.ts';
import type { Context, Speak } from '../operation.ts';
import { listReplays } from './replays.ts';
import type { ReplayLine } from './replays.ts';

/** A replay with what it changed: `overrides` by path, such as build-api.inputs.context. */
export type LineShown = ReplayLine & {
  readonly origin: Pick<Fork, 'line' | 'position' | 'commit'> | null;
  readonly overrides: readonly { readonly path: string; readonly value: Json }[];
  readonly closing: Closing | null;
};

/** The replay of this name, open or closed, with or without what stands before its name; undefined where there never was one. */
export const replayShown = async (
  text: string,
  context: Context,
): Promise<LineShown | undefined> => {
  const plain = text.replace(/^(refs\/)?concord\//, '');
  const { replays } = await listReplays(context);
  const found = replays.find(({ line }) => line === plain || line === `replay/${plain}`);
  if (!found) return undefined;
  const store = await context.store();
  return store.read('main', (facts) => {
    const fork = facts.lines.fork(found.line);
    const overrides = JSON.parse(fork?.overrides ?? '{}') as JsonObject;
    return {
      ...found,
      origin: fork ? { line: fork.line, position: fork.position, commit: fork.commit } : null,
      overrides: pathsOf(overrides),
      closing: facts.lines.closing(found.line) ?? null,
    };
  });
};

const pathsOf = (value: Json, path = ''): LineShown['overrides'] =>
  isObject(value)
    ? Object.entries(value as JsonObject).flatMap(([name, inner]) =>
        pathsOf(inner, path === '' ? name : `${path}.${name}`),
      )
    : [{ path, value }];

/** So many of its changes are shown. */
const most = 20;

export const renderLine = (shown: LineShown, speak: Speak): string => {
  const { line, status, from, origin, by, time, overrides, contracts, transactions } = shown;
  const place = origin ? ` (${origin.line}, ${origin.commit.slice(0, 12)})` : '';
  const began = from === null ? '' : ` from ${oneLine(from, 60)}${place},`;
  const changes = overrides
    .slice(0, most)
    .map(({ path, value }) => `${oneLine(path, 200)}: ${oneLine(JSON.stringify(value), 300)}`);
  const rest = overrides.length > most ? [`and ${overrides.length - most} more`] : [];
  const open = status === 'open';
  return [
    speak.strong(`${line}  ${status},${began} ${age(time, speak.now)} by ${by}`),
    ...(changes.length > 0 ? ['Changes', speak.quote([...changes, ...rest].join('\n'))] : []),
    ...(contracts === null
      ? []
      : [`Contracts: ${contracts}; ${count(transactions, 'transaction')} of its own`]),
    ...ended(shown, speak),
    ...(open ? [speak.faint(`git log concord/${line}`)] : []),
    '',
    `Next: ${speak.call(
      status === 'dropped'
        ? { operation: 'team_replay', input: { action: 'list' } }
        : { operation: 'team_compare', input: { left: from ?? 'main', right: line } },
    )}`,
  ].join('\n');
};

const ended = ({ closing }: LineShown, speak: Speak): string[] => {
  if (!closing) return [];
  const { how, tip, reason } = closing;
  const last = tip.slice(0, 12);
  return [
    how === 'adopted'
      ? `What was made on it is part of main now; its last commit is ${last}.`
      : `Its last commit was ${last}; the numbers of its versions are not used again.`,
    ...(reason === undefined ? [] : [speak.quote(reason)]),
  ];
};

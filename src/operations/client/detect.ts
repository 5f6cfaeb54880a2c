import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConcordError } from '../../model/error.ts';
import type { Scope } from './entry.ts';
import { clients } from './hooks.ts';
import type { Client } from './hooks.ts';
import { plans } from './plans.ts';
import { onPathAt } from './target.ts';

/** Clients whose program is installed, or that have left a mark in the work tree. */
export const detected = (root: string | undefined): readonly Client[] =>
  clients.filter(
    (client) =>
      plans[client].programs.some((name) => onPathAt(name) !== undefined) ||
      (root !== undefined && plans[client].signs.some((name) => existsSync(join(root, name)))),
  );

/** The clients that were named; those that are detected where none was. */
export const clientsOf = (
  named: readonly (Client | 'detected')[],
  scope: Scope,
  root: string | undefined,
): readonly Client[] => {
  const all = new Set(
    named.flatMap((name) =>
      name === 'detected' ? detected(scope === 'user' ? undefined : root) : [name],
    ),
  );
  if (all.size > 0) return clients.filter((client) => all.has(client));
  throw new ConcordError(
    'NOT_FOUND',
    'No coding agent was found on the PATH; nothing was changed.',
    {
      hint: `Name it: ${clients.join(', ')}.`,
      next: 'concord init --client claude',
    },
  );
};

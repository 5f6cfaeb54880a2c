// Processes of the bench that answer with one message.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a script of this directory. */
export const start = (script, args) =>
  fork(fileURLToPath(new URL(script, import.meta.url)), args.map(String));

/** The next message of a child; an error when it ends without one. */
export const answerOf = async (child) => {
  const patience = new AbortController();
  const { signal } = patience;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([answer]) => answer),
      once(child, 'exit', { signal }).then(([status, killed]) => {
        throw new Error(`a process of the bench ended with ${killed ?? status}`);
      }),
    ]);
  } finally {
    patience.abort();
  }
};

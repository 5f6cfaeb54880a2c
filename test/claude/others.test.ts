import { describe, expect, test } from 'vitest';
import { login, ok, spawned, storeRepository } from '../helpers/cli.ts';
import { inTurn, use } from '../helpers/claude/minds.ts';
import { startModel } from '../helpers/claude/model.ts';
import { codex, gemini, otherCommand, otherHome } from '../helpers/claude/others.ts';
import { timeline } from '../helpers/store.ts';

const there = { codex, gemini };

describe.each(['codex', 'gemini'] as const)(
  'a real session of %s',
  { timeout: 120_000 },
  (client) => {
    test.skipIf(there[client] === undefined)(
      'claims and publishes, and is shown the same text',
      async () => {
        const directory = await storeRepository();
        await ok(directory, ['contract', 'create', 'build-api', '--expects', 'api-contract']);
        const model = await startModel(
          inTurn(use('contract_claim'), use('artifact_publish', { data: login })),
        );
        const home = otherHome(client, model);
        const env = { ...home.env, CONCORD_AGENT: 'api-dev' };
        await ok(directory, ['init', '--client', client, '--user'], { env });

        const [command = '', ...args] = otherCommand(client, 'Work.');
        const done = await spawned(directory, command, args, { env });
        expect({ code: done.code, out: done.out }).toMatchObject({
          code: 0,
          out: expect.stringContaining('Done.'),
        });
        const seen = model.last();
        expect(seen.client).toBe(client);
        // It was briefed before it asked for anything.
        expect(model.seen[0]?.shown).toMatch(/You are api-dev on main\.[\s\S]*build-api/);
        const [claim, published] = seen.results;
        expect(claim?.name).toBe('contract_claim');
        expect(claim?.text).toMatch(/^You hold build-api until /);
        expect(published?.text).toMatch(
          /^Published build-api\/api-contract@1; build-api is completed\.\n/,
        );
        expect(timeline(directory).at(-1)?.author).toBe('api-dev');
      },
    );
  },
);

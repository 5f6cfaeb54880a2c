/** Agents that are scripts of the shell: what the plans of templates/ ask for, and no model anywhere. */
const publish = (data: unknown): string =>
  `concord publish --data '${JSON.stringify(data)}' --summary "By $CONCORD_AGENT"`;

const one = [{ method: 'POST', path: '/login' }];
const two = [...one, { method: 'POST', path: '/refresh' }];
const failing = { passed: 1, failed: 2, failures: [{ test: 'refresh', message: 'missing' }] };

const ifElse = (condition: string, yes: string, no: string): string =>
  `if ${condition}; then ${yes}; else ${no}; fi`;

export const scripts = {
  'db-dev': publish({ tables: ['users'] }),
  // Builds more when it is told that the tests fail.
  'api-dev': ifElse(
    'grep -q "Tests failing" "$CONCORD_PROMPT_FILE"',
    publish({ endpoints: two }),
    publish({ endpoints: one }),
  ),
  // Looks at what it tests.
  'qa-dev': ifElse(
    'concord get auth/api | grep -q refresh',
    publish({ passed: 3, failed: 0 }),
    publish(failing),
  ),
};

/** Members of a team whose command is their script; `others` have commands of their own. */
export const scripted = (
  others: Readonly<Record<string, string | readonly string[]>> = {},
): readonly { readonly name: string; readonly command: string | readonly string[] }[] =>
  Object.entries({ ...scripts, ...others }).map(([name, command]) => ({ name, command }));

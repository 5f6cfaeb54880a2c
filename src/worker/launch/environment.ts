/** Who the session is and what it works on. */
export type Identity = Readonly<Record<string, string>>;

/** What a hook or a git around the supervisor has set must not turn the session's git to another repository: of it, only this is kept. */
const gitKept = new Set([
  'GIT_SSH_COMMAND',
  'GIT_ASKPASS',
  'GIT_TERMINAL_PROMPT',
  'GIT_CEILING_DIRECTORIES',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_EXEC_PATH',
]);

/**
 * What coding agents tell those whom they start: with it a new session would take itself for a part of the one around the supervisor.
 * Variables by which a person sets a coding agent up, such as CLAUDE_CODE_USE_BEDROCK or CLAUDE_CODE_OAUTH_TOKEN, are not among them.
 */
const sessions: readonly RegExp[] = [
  /^CLAUDECODE$/,
  /^CLAUDE_CODE_(SESSION|CHILD|MESSAGING|PARENT|BRIDGE|REMOTE_SESSION)_/,
  /^CLAUDE_CODE_(ENTRYPOINT|EXECPATH|SSE_PORT|TASK_LIST_ID)$/,
  /^CLAUDE_(PROJECT_DIR|PLUGIN_ROOT|PLUGIN_DATA|ENV_FILE|PID|EFFORT|JOB_DIR)$/,
  /^AI_AGENT$/,
  /^CODEX_(SANDBOX|SANDBOX_NETWORK_DISABLED|SESSION_ID|THREAD_ID|CI)$/,
  /^GEMINI_(CLI|SESSION_ID|PROJECT_DIR|CWD)$/,
  /^OPENCODE(_PID|_SESSION_ID)?$/,
];

const own = /^CONCORD_(AGENT|SESSION|CONTRACT|ATTEMPT|WORK|RUN|LINE|STORE|PROMPT_FILE|TOKEN)$/;

const isInherited = (name: string): boolean => {
  if (name.startsWith('GIT_')) return gitKept.has(name);
  return !own.test(name) && !sessions.some((pattern) => pattern.test(name));
};

/** The supervisor's environment without what belongs to the session or the git around it; `bin` comes first on the PATH. */
export const environmentOf = (
  inherited: Readonly<Record<string, string | undefined>>,
  bin: string,
): Record<string, string> => {
  const kept = Object.entries(inherited).flatMap(([name, value]) =>
    value === undefined || !isInherited(name) ? [] : [[name, value] as const],
  );
  const path = inherited['PATH'];
  return { ...Object.fromEntries(kept), PATH: path ? `${bin}:${path}` : bin };
};

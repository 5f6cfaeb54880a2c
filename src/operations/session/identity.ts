import { invalid } from '../../model/error.ts';
import { checkSlug, toSlug } from '../../model/names.ts';
import { shown } from '../../model/text.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Coding agents make themselves known by these variables. */
const clients = [
  { name: 'claude', sign: 'CLAUDECODE', session: 'CLAUDE_CODE_SESSION_ID' },
  { name: 'gemini', sign: 'GEMINI_CLI', session: 'GEMINI_SESSION_ID' },
  { name: 'opencode', sign: 'OPENCODE', session: 'OPENCODE_PID' },
  { name: 'codex', sign: 'CODEX_SANDBOX', session: 'CODEX_SESSION_ID' },
] as const;

export type Caller = {
  /** `--as`. */
  readonly as: string | undefined;
  readonly environment: Environment;
  /** Tells sessions apart where the client does not: at least four characters. */
  readonly session: string;
  /** An agent's server, never a person, whatever the environment says. */
  readonly server: boolean;
  /** What the client of a server calls itself, once it has said so. */
  readonly client?: () => string | undefined;
};

/** Nobody said a name, and no coding agent is at work: the git user. */
export const isPerson = (caller: Caller, sessionName: string | undefined): boolean =>
  explicitName(caller) === undefined &&
  sessionName === undefined &&
  !caller.server &&
  !clients.some(({ sign }) => caller.environment[sign]);

/** The name that somebody said: `--as`, then CONCORD_AGENT. */
export const explicitName = ({ as, environment }: Caller): string | undefined => {
  if (as !== undefined) return checkSlug(as, '--as');
  const set = environment['CONCORD_AGENT'];
  return set === undefined || set === '' ? undefined : checkSlug(set, 'CONCORD_AGENT');
};

/**
 * Who calls: what was said, then `git config concord.agent`. Without any, an agent's process is `<client>-<4 characters of its session>`,
 * never the person whose machine it runs on; a person is the git user's name as a slug.
 */
export const agentName = (caller: Caller, config: ReadonlyMap<string, string>): string => {
  const said = explicitName(caller);
  if (said !== undefined) return said;
  const configured = config.get('concord.agent');
  if (configured !== undefined) return checkSlug(configured, 'git config concord.agent');
  const client = clients.find(({ sign }) => caller.environment[sign]);
  if (client || caller.server)
    return nameOfSession(
      client?.name ?? clientName(caller.client?.() ?? ''),
      (client && caller.environment[client.session]) ?? caller.session,
    );
  const user =
    config.get('user.name') ?? caller.environment['USER'] ?? caller.environment['LOGNAME'];
  const slug = user === undefined ? undefined : toSlug(user);
  if (slug !== undefined) return slug;
  throw invalid('the agent', 'named', shown(user), {
    hint: 'Nobody said who calls.',
    next: 'concord --as NAME ..., or git config user.name "Your Name"',
  });
};

/** A client may call itself more than its commands do: codex-mcp-client is codex. */
const clientName = (said: string): string =>
  clients.find(({ name }) => said.startsWith(`${name}-`))?.name ??
  toSlug(said.slice(0, 40)) ??
  'agent';

const nameOfSession = (client: string, session: string): string =>
  `${client}-${session
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 4)
    .padEnd(4, '0')}`;

import type { JsonObject } from '../../model/json.ts';
import { hooksFor } from '../client/hooks.ts';
import type { Words } from '../client/hooks.ts';
import { agents } from './agents.ts';
import { pluginReadme } from './plugin-readme.ts';
import { skillDescription, skillPage } from './skill.ts';

/** What the plugin takes from the package. */
export type Package = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly keywords: readonly string[];
};

/** Where the plugin lies in the package. */
export const pluginDirectory = 'templates/plugin';

/** The files of the plugin for Claude Code, and of the marketplace that offers it, by their path in the package. */
export const pluginFiles = (made: Package): Readonly<Record<string, string>> => ({
  '.claude-plugin/marketplace.json': json(marketplace(made)),
  ...Object.fromEntries(
    Object.entries(inPlugin(made)).map(([path, text]) => [`${pluginDirectory}/${path}`, text]),
  ),
});

const inPlugin = (made: Package): Record<string, string> => ({
  '.claude-plugin/plugin.json': json(manifest(made)),
  '.mcp.json': json({ mcpServers: { concord: { command: 'concord', args: ['mcp'] } } }),
  'hooks/hooks.json': json({
    description: 'What a session of a Concord team is told, and what is remembered of it.',
    hooks: { ...hooksFor('claude', ifThere) },
  }),
  'monitors/monitors.json': json([inboxMonitor]),
  'skills/concord/SKILL.md': page({ name: 'concord', description: skillDescription }, skillPage()),
  ...Object.fromEntries(
    agents.map(({ name, description, without, page: text }) => [
      `agents/${name}.md`,
      page(
        {
          name,
          description,
          ...(without.length > 0 && { disallowedTools: without.join(', ') }),
        },
        text,
      ),
    ]),
  ),
  'README.md': pluginReadme,
});

/** The plugin may be there and the program not: then the hooks let everything pass, and say nothing. */
const ifThere: Words = [
  'sh',
  '-c',
  'command -v concord >/dev/null 2>&1 || exit 0; exec concord "$@"',
  'concord',
];

const manifest = ({ version, description, author, license, keywords }: Package): JsonObject => ({
  $schema: 'https://json.schemastore.org/claude-code-plugin-manifest.json',
  name: 'concord',
  displayName: 'Concord',
  version,
  description,
  author: { name: author },
  license,
  keywords,
});

const marketplace = ({ name, version, description, author }: Package): JsonObject => ({
  name,
  description,
  owner: { name: author },
  plugins: [{ name: 'concord', source: `./${pluginDirectory}`, description, version }],
});

/**
 * A hook can wait for work only when a turn has ended; this waits from the beginning of a session until then, once, and says one line. The
 * wait of the first turn's end takes its place, so that nothing wakes a session twice. The client begins a turn also when a monitor ends,
 * in every session: this one stays, and is silent.
 */
const inboxMonitor: JsonObject = {
  name: 'concord-inbox',
  description: 'Concord: work for this session',
  command: [
    'said=$(printf \'{"session_id":"%s","hook_event_name":"Stop"}\' "$CLAUDE_CODE_SESSION_ID"',
    '| concord hook wait --client claude 2>&1 >/dev/null);',
    '[ $? -ne 2 ] || printf \'%s\\n\' "$said"; exec tail -f /dev/null',
  ].join(' '),
};

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** A page with front matter; JSON strings are YAML, too. */
const page = (matter: Readonly<Record<string, string>>, text: string): string =>
  [
    '---',
    ...Object.entries(matter).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    '---',
    '',
    text,
  ].join('\n');

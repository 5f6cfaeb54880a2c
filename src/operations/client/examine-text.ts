import { oneLine } from '../../model/text.ts';
import { age } from '../age.ts';
import type { Speak } from '../operation.ts';
import type { ClientHealth, ClientsHealth, ScopeHealth } from './examine.ts';

const scopeLine = ({ scope, missing, program }: ScopeHealth): string => {
  const lacks = [...new Set(missing.map((text) => text.replace(/^hook .*/, 'hooks')))];
  const entries = lacks.length === 0 ? 'all entries there' : `lacks ${lacks.join(', ')}`;
  return `${scope}: ${entries}; the program ${program.works ? '' : 'does not start: '}${program.says}`;
};

const isWell = ({ missing, program }: ScopeHealth): boolean =>
  missing.length === 0 && program.works;

const clientLines = (client: ClientHealth, width: number, speak: Speak): readonly string[] => {
  const { title, scopes, lastHook } = client;
  const isUsed = lastHook !== null;
  const seen = isUsed
    ? `last hook: ${oneLine(lastHook.event, 40)}, ${age(lastHook.time, speak.now)}`
    : 'no hook seen yet';
  const well = scopes.length > 0 && scopes.every(isWell);
  const lines = scopes.length > 0 ? scopes.map(scopeLine) : ['no entries here'];
  const mark = well ? 'ok  ' : 'see ';
  return [
    ...lines.map(
      (line, index) =>
        `${index === 0 ? mark : '    '} ${(index === 0 ? title : '').padEnd(width)}  ${line}`,
    ),
    `     ${''.padEnd(width)}  ${client.client === 'opencode' ? 'takes no hooks' : seen}`,
  ];
};

/** How the clients are set up, below what the doctor says of the store: no judgement of that. */
export const clientsHealthText = (
  { clients, onPath }: ClientsHealth,
  speak: Speak,
): readonly string[] => {
  const width = Math.max(4, ...clients.map(({ title }) => title.length));
  const broken = clients.filter(({ scopes }) => !scopes.every(isWell));
  const path = onPath ?? 'has no "concord": files that are shared, and shells, need it there';
  const again = speak.call({
    operation: 'init',
    input: { client: broken.map(({ client }) => client) },
  });
  return [
    '',
    speak.strong('Coding agents'),
    ...(clients.length === 0
      ? [
          `     none is set up here: ${speak.call({ operation: 'init', input: { client: ['detected'] } })}`,
        ]
      : clients.flatMap((client) => clientLines(client, width, speak))),
    `     ${'PATH'.padEnd(width)}  ${oneLine(path)}`,
    ...(broken.length > 0 ? [`     ${''.padEnd(width)}  To mend the entries: ${again}`] : []),
  ];
};

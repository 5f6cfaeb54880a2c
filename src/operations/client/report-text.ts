import { oneLine } from '../../model/text.ts';
import type { Speak } from '../operation.ts';
import type { ClientReport, ClientsReport, FileReport, FileState } from './report.ts';

const states: Readonly<Record<FileState, string>> = {
  new: 'new',
  changed: 'changed',
  unchanged: 'as it should be',
  restored: 'as it was before',
  removed: 'removed',
  'taken-out': 'edited since: only the entries of Concord were taken out',
  left: 'edited since: nothing in it is that of Concord any more',
  gone: 'not there any more',
};

/** Hooks are many: their names stand behind one word. */
const addedText = (added: readonly string[]): string => {
  const hooks = added.flatMap((text) => (text.startsWith('hook ') ? [text.slice(5)] : []));
  const rest = added.filter((text) => !text.startsWith('hook '));
  const named = hooks.length > 0 ? [`hooks ${[...new Set(hooks)].join(', ')}`] : [];
  return [...rest, ...named].join('; ');
};

const fileLines = (file: FileReport, speak: Speak): readonly string[] => {
  const { path, state, added, kept, tracked, link } = file;
  const to = link === null ? '' : ` (a link to ${oneLine(link)})`;
  const what = added.length > 0 ? `: ${addedText(added)}` : '';
  const says = state === 'unchanged' && kept.length > 0 ? 'left as it is' : states[state];
  const isChanged = !['unchanged', 'left', 'gone'].includes(state);
  return [
    `  ${oneLine(path)}${to}  ${says}${what}`,
    ...(tracked && isChanged
      ? [speak.faint('    git tracks this file: the change shows in "git status".')]
      : []),
    ...kept.map(
      ({ place, stands }) =>
        `    kept: ${place} is your own (${oneLine(stands, 60)}). Rename or remove it, then call again to have that of Concord.`,
    ),
  ];
};

const clientLines = (client: ClientReport, speak: Speak): readonly string[] => [
  '',
  speak.strong(client.title),
  ...(client.files.length === 0 && client.notes.length === 0
    ? ['  nothing of Concord in its files']
    : []),
  ...client.files.flatMap((file) => fileLines(file, speak)),
  ...client.notes.map((text) => `  ${text}`),
  ...client.todo.map((text) => `  To do: ${text}`),
];

const reach: Readonly<Record<ClientsReport['scope'], string>> = {
  local:
    'A linked worktree (git worktree add) gets none of these files: call this there, too. "concord up" gives its sessions what they need.',
  shared: 'Commit these files: clones and linked worktrees have them from then on.',
  user: 'They hold for all repositories and worktrees; the hooks are silent where there is no store.',
};

const excludeText = ({ path, added, state }: FileReport): string =>
  added.length > 0
    ? `${oneLine(path)} hides the new files from "git status".`
    : `${oneLine(path)}  ${states[state]}`;

/** What was done to the files of clients, for whoever asked for it. */
export const clientsText = (report: ClientsReport, speak: Speak): readonly string[] => {
  const { done, dryRun, changed, clients, scope, exclude } = report;
  const first = dryRun
    ? 'A dry run: nothing was written. This is what would happen.'
    : changed
      ? done === 'set-up'
        ? 'Set up:'
        : 'Taken out:'
      : 'Nothing changed.';
  return [
    speak.strong(first),
    ...clients.flatMap((client) => clientLines(client, speak)),
    ...(exclude && exclude.state !== 'unchanged' ? ['', excludeText(exclude)] : []),
    ...(done === 'set-up' ? ['', speak.faint(reach[scope])] : []),
  ];
};

import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { liveName, until } from '../../model/contract/claim.ts';
import { hasRunOut } from '../../model/contract/claimable.ts';
import type { Contract } from '../../model/contract/contract.ts';
import { filesOf, names } from '../../model/contract/files.ts';
import { idOfPlace, lists } from '../../model/contract/keys.ts';
import { oneLine } from '../../model/text.ts';
import { noteSubagent } from '../../operations/session/subagent.ts';
import type { Answer } from '../happening.ts';
import type { Here } from '../here.ts';

const ownTool = /^mcp__(plugin_concord_)?concord__/;
const pluginTool = /^mcp__plugin_concord_concord__/;
const edits = new Set(['Edit', 'Write', 'MultiEdit', 'NotebookEdit']);

/** The root of the work tree that a file lies in, without asking git. */
const rootOf = (file: string): string | undefined => {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
};

/** The path as contracts name it; undefined for what lies in no work tree. */
const pathOf = ({ tool, cwd }: Here['happening']): string | undefined => {
  const named = tool?.input['file_path'] ?? tool?.input['notebook_path'];
  if (typeof named !== 'string' || named === '') return undefined;
  const file = resolve(cwd, named);
  const root = rootOf(file);
  return root === undefined ? undefined : relative(root, file).split(sep).join('/');
};

/** Contracts in progress that name the file, and that this session does not hold. */
const othersOf = async (here: Here, path: string): Promise<readonly Contract[]> => {
  const context = here.context();
  const own = new Set([here.session, here.main].flatMap((one) => one.claims().map(tokenOf)));
  const store = await context.store();
  const now = store.now();
  return store.look(context.line, (view) =>
    [...view.places(lists.files)].flatMap((place) => {
      const contract = view.contract(idOfPlace(place));
      if (!contract?.claim || own.has(contract.claim.token) || hasRunOut(contract, now)) return [];
      return filesOf(contract).some((one) => names(one, path)) ? [contract] : [];
    }),
  );
};

const tokenOf = ({ token }: { readonly token: string }): string => token;

const note = 'warned';

/** A warning, never a refusal, and for each claim and file once. */
const warning = async (here: Here): Promise<Answer | undefined> => {
  const path = pathOf(here.happening);
  if (path === undefined) return undefined;
  const others = await othersOf(here, path);
  if (others.length === 0) return undefined;
  const { notes } = here.session;
  const noted = notes.read(note)?.['marks'];
  const marks = Array.isArray(noted) ? noted : [];
  const news = others.filter(({ claim }) => !marks.includes(`${claim?.token} ${path}`));
  if (news.length === 0) return undefined;
  const added = news.map(({ claim }) => `${claim?.token} ${path}`);
  notes.write(note, { marks: [...marks, ...added].slice(-200) });
  return {
    context: news
      .slice(0, 3)
      .map((one) => fact(one, path))
      .join('\n'),
  };
};

const fact = ({ id, claim }: Contract, path: string): string =>
  `${oneLine(path, 200)} is among the files of the contract ${id}` +
  (claim ? `, which ${liveName(claim)} holds ${until(claim)}.` : '.');

/** Before a tool is used: whose call it is, where the server is not told; and whether a file is another one's work. */
export const preTool = async (here: Here): Promise<Answer | undefined> => {
  const { tool, subagent } = here.happening;
  if (!tool) return undefined;
  if (edits.has(tool.name)) return warning(here);
  if (!ownTool.test(tool.name)) return undefined;
  if (subagent !== undefined && tool.use !== undefined) noteSubagent(here.main, tool.use, subagent);
  // Who installed the plugin has agreed to its tools; it cannot bring a rule that says so.
  return pluginTool.test(tool.name) ? { allow: true } : undefined;
};

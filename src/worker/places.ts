import { isId, splitRef } from '../model/names.ts';
import type { ClaimOutput } from '../operations/contract/claim.ts';
import type { Context } from '../operations/operation.ts';
import type { Crew, Place } from './crew.ts';
import { cleanUp } from './worktree/clean-up.ts';
import { prepareWorkplace } from './worktree/prepare.ts';
import type { Workplace } from './worktree/prepare.ts';
import { askGit, openProject } from './worktree/project.ts';
import type { Project } from './worktree/project.ts';
import { mergeCommands, unmerged } from './worktree/unmerged.ts';

type Places = Pick<Crew, 'place' | 'leave'> & {
  /** What a person has to do to bring the work of completed contracts together, whichever supervisor saw to them. */
  readonly toMerge: () => Promise<readonly string[]>;
};

/** All work where the supervisor was started. */
export const onePlace = ({ directory }: Context): Places => ({
  place: async () => ({ cwd: directory }),
  leave: async () => undefined,
  toMerge: async () => [],
});

/** Git keeps one list of work trees: two are not made or taken away at the same time. */
const inTurn = (): (<T>(body: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (body) => {
    const turn = last.then(body, body);
    last = turn.catch(() => undefined);
    return turn;
  };
};

/** A work tree and a branch for each contract. Throws where none can be made. */
export const ownPlaces = async (
  context: Context,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Places> => {
  const project = await openProject(context.directory, environment, context.line);
  const turn = inTurn();
  return {
    place: (agent, claim) =>
      turn(async () => {
        const commits = await codeOf(context, claim);
        const contract = claim.contract?.id ?? '';
        return placeOf(await prepareWorkplace(project, { contract, agent, commits }));
      }),
    leave: (contract) => turn(async () => void (await cleanUp(project, contract))),
    toMerge: () => turn(async () => linesOf(project, await completedIn(project, context))),
  };
};

const placeOf = ({ path, branch, commit, conflicts, left, writable }: Workplace): Place => ({
  cwd: path,
  writable,
  tree: {
    branch,
    base: commit,
    ...(conflicts.length > 0 && { conflict: { from: left[0] ?? 'an input', files: conflicts } }),
  },
});

/** The code that what was pinned was made from. */
const codeOf = async (context: Context, { inputs }: ClaimOutput): Promise<readonly string[]> =>
  (await context.store()).look(context.line, (view) =>
    inputs.flatMap(({ ref }) => {
      const { id, version } = splitRef(ref);
      return view.artifact(id, version)?.code?.commit ?? [];
    }),
  );

/** A branch is named after its contract, with "+" where git would not take a slash: that is in no id. */
const completedIn = async (project: Project, context: Context): Promise<readonly string[]> => {
  const refs = `refs/heads/${project.prefix}`;
  const names = await askGit(project.directory, ['for-each-ref', '--format=%(refname)', refs]);
  const ids = names
    .split('\n')
    .map((name) => name.slice(refs.length).replaceAll('+', '/').replace(/\/$/, ''));
  return (await context.store()).look(context.line, (view) =>
    ids.filter((id) => isId(id) && view.contract(id)?.status === 'completed'),
  );
};

const linesOf = async (
  project: Project,
  contracts: readonly string[],
): Promise<readonly string[]> => {
  const branches = await unmerged(project, contracts);
  if (branches.length === 0) return [];
  return [
    'Branches that HEAD does not have; nothing is merged by itself:',
    ...mergeCommands(branches).map((command) => `  ${command}`),
  ];
};

import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { Answer, Report } from './programs.ts';
import { git, gitEnv } from './repository.ts';
import { fsck } from './store.ts';

/** Every version in a line's history in order, with the data of its file: what git itself says, without our code. */
export const publishedIn = (
  directory: string,
  line = 'main',
): { commit: string; ref: string; data: string }[] => {
  const format = '%x00%H%x01%(trailers:key=Concord-Artifact,valueonly)';
  const log = git(
    directory,
    'log',
    '--first-parent',
    '--reverse',
    `--format=${format}`,
    `refs/concord/${line}`,
  );
  const versions = log
    .split('\0')
    .slice(1)
    .flatMap((entry) => {
      const [commit = '', lines = ''] = entry.split('\x01');
      return lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [ref = '', , blob = ''] = line.split(' ');
          return { commit, ref, blob };
        });
    });
  const texts = execFileSync('git', ['cat-file', '--batch=%(objectname)'], {
    cwd: directory,
    env: gitEnv,
    input: versions.map(({ blob }) => `${blob}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const datas = [...texts.matchAll(/^ {2}data: (.*)$/gm)].map(([, data]) => data ?? '');
  expect(datas).toHaveLength(versions.length);
  return versions.map(({ commit, ref }, at) => ({ commit, ref, data: datas[at] ?? '' }));
};

/**
 * The chain of commits is the witness: each acknowledged publish stands in it once and as it was answered, each unacknowledged one at most
 * once, and every id counts 1, 2, 3 without a gap.
 */
export const judge = (directory: string, reports: readonly Report[]): void => {
  const published = publishedIn(directory);
  const there = new Map(published.map((one) => [one.data, one]));
  expect(published.filter((one) => there.get(one.data) !== one)).toEqual([]);
  const wrong = reports.filter(({ data, ref, commit, error }) => {
    const found = there.get(data);
    return error === undefined && (found?.ref !== ref || found?.commit !== commit);
  });
  expect(wrong).toEqual([]);
  const last = new Map<string, number>();
  for (const { ref } of published) {
    const [id = '', version] = ref.split('@');
    expect(`${id}@${version}`).toBe(`${id}@${(last.get(id) ?? 0) + 1}`);
    last.set(id, Number(version));
  }
  expect(fsck(directory)).toBe('');
};

/** A contract's file as a commit left it. */
export type Stand = {
  readonly status: string;
  readonly outputs: readonly string[];
  readonly claim?: {
    readonly agent: string;
    readonly session: string;
    readonly token: string;
    readonly renewed: string;
    readonly expires?: string;
  };
};

/** One commit of a line, as git alone tells it. */
export type Commit = {
  readonly id: string;
  readonly parent: string;
  readonly agent: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly op: string;
  readonly events: readonly string[];
  /** The files that it changed, and what it made of the contracts among them. */
  readonly paths: readonly string[];
  readonly contracts: Readonly<Record<string, Stand>>;
};

const output = (directory: string, args: readonly string[], input = ''): string =>
  execFileSync('git', args, {
    cwd: directory,
    env: gitEnv,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });

const standOf = (text: string): Stand => {
  const {
    status,
    claim,
    outputs = [],
  } = parse(text) as {
    status: string;
    claim?: NonNullable<Stand['claim']>;
    outputs?: { ref: string }[];
  };
  return { status, outputs: outputs.map(({ ref }) => ref), ...(claim && { claim }) };
};

/** The texts of blobs. */
const blobsOf = (directory: string, oids: readonly string[]): string[] => {
  const all = Buffer.from(output(directory, ['cat-file', '--batch'], oids.join('\n')));
  let at = 0;
  return oids.map(() => {
    const end = all.indexOf('\n', at);
    const size = Number(all.toString('utf8', at, end).split(' ')[2]);
    at = end + size + 2;
    return all.toString('utf8', end + 1, end + 1 + size);
  });
};

/** The whole line, oldest commit first: from git, without our code. */
export const historyOf = (directory: string): Commit[] => {
  const fields = ['%H', '%P', '%an', '%at', 'Concord-Op', 'Concord-Event'].map((field) =>
    field.startsWith('%') ? field : `%(trailers:key=${field},valueonly)`,
  );
  const format = `--format=%x00${fields.join('%x01')}%x01`;
  const how = ['--first-parent', '--reverse', '--raw', '--no-abbrev', format];
  const log = output(directory, ['log', ...how, 'refs/concord/main']);
  const commits = log.split('\0').slice(1);
  const changed = commits.map((entry) =>
    [...entry.matchAll(/^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [AM]\t(.*)$/gm)].map(
      ([, oid = '', path = '']) => ({ oid, path }),
    ),
  );
  const files = changed.flat().filter(({ path }) => path.startsWith('contracts/'));
  const texts = blobsOf(
    directory,
    files.map(({ oid }) => oid),
  );
  const stands = new Map(files.map(({ oid }, at) => [oid, standOf(texts[at] ?? '')]));
  return commits.map((entry, at) => {
    const [id = '', parent = '', agent = '', time = '', op = '', events = ''] = entry.split('\x01');
    const here = changed[at] ?? [];
    const contracts = here.flatMap(({ oid, path }) => {
      const stand = stands.get(oid);
      return stand ? [[path.replace(/^contracts\/..\/|\.yaml$/g, ''), stand] as const] : [];
    });
    return {
      id,
      parent,
      agent,
      time: Number(time),
      op: op.trim(),
      events: events.split('\n').filter((line) => line !== ''),
      paths: here.map(({ path }) => path),
      contracts: Object.fromEntries(contracts),
    };
  });
};

/** What a claimer was told it has, or has done. */
export type Acknowledged = {
  readonly contract: string;
  readonly agent: string;
  readonly began: number;
  readonly ended: number;
} & (
  | { readonly token: string; readonly session: string }
  | { readonly ref: string; readonly commit: string }
);

/** The claims and publishes that claimers were told have happened; what was held before counts where it was told first. */
export const acknowledgedIn = (answers: readonly Answer[]): Acknowledged[] =>
  answers.flatMap(({ operation, agent, began, ended, output: told }): Acknowledged[] => {
    const at = { agent, began, ended };
    const contract = told?.['contract'] as { id: string; claim?: { session: string } } | null;
    if (!told || !contract || told['still'] === true) return [];
    if (operation === 'contract_claim')
      return [
        {
          ...at,
          contract: contract.id,
          token: String(told['token']),
          session: String(contract.claim?.session),
        },
      ];
    if (operation !== 'artifact_publish') return [];
    const { ref, commit } = told;
    return [{ ...at, contract: contract.id, ref: String(ref), commit: String(commit) }];
  });

/** What the events of these tests do to a contract: from where, and to where. */
const life: Readonly<Record<string, readonly [from: readonly string[], to?: string]>> = {
  'contract-created': [['none'], 'pending'],
  'contract-ready': [['pending'], 'ready'],
  'contract-claimed': [['ready', 'in_progress'], 'in_progress'],
  'contract-renewed': [['in_progress']],
  'contract-parked': [['in_progress']],
  'contract-released': [['in_progress'], 'ready'],
  'contract-output': [['in_progress']],
  'contract-completed': [['in_progress'], 'completed'],
};

const hasEnded = (claim: Stand['claim'], time: number): boolean =>
  claim?.expires !== undefined && Date.parse(claim.expires) / 1000 <= time;

/** Walks through a history, and notes what is wrong. */
class Judge {
  readonly wrong: string[] = [];
  readonly claims: { op: string; contract: string; at: number; stand: Stand | undefined }[] = [];
  readonly #stands = new Map<string, Stand>();
  readonly #versions = new Map<string, number>();
  readonly #ops = new Set<string>();
  #last = '';

  look(commit: Commit, at: number): void {
    const { id, op, parent } = commit;
    const say = (text: string): number => this.wrong.push(`${id.slice(0, 8)}: ${text}`);
    if (parent !== this.#last) say('its parent is not the commit before');
    if (op === '' || this.#ops.has(op)) say(`operation "${op}"`);
    if (commit.events.some((event) => event.startsWith('store-created ')) !== (at === 0))
      say('a store is created at the beginning and only there');
    this.#last = id;
    this.#ops.add(op);
    const statuses = this.#walk(commit, at, say);
    this.#compareFiles(commit, statuses, say);
    this.#comparePaths(commit, say);
    for (const [name, stand] of Object.entries(commit.contracts)) this.#stands.set(name, stand);
  }

  /** Each event where it stands; the statuses that they lead to. */
  #walk(commit: Commit, at: number, say: (text: string) => void): Map<string, string> {
    const statuses = new Map<string, string>();
    const fresh = new Set<string>();
    for (const event of commit.events) {
      const [type = '', subject = ''] = event.split(' ');
      if (type === 'artifact-published') this.#count(subject, say);
      if (!type.startsWith('contract-')) continue;
      const [from, to] = life[type] ?? [[]];
      const before = statuses.get(subject) ?? this.#stands.get(subject)?.status ?? 'none';
      if (!from.includes(before)) say(`${event}, but it is ${before}`);
      const { claim } = this.#stands.get(subject) ?? {};
      if (type === 'contract-claimed') {
        if (before === 'in_progress' && (fresh.has(subject) || !hasEnded(claim, commit.time)))
          say(`${event}, but ${claim?.agent} holds it`);
        fresh.add(subject);
        const stand = commit.contracts[subject];
        this.claims.push({ op: commit.op, contract: subject, at, stand });
      }
      statuses.set(subject, to ?? before);
    }
    return statuses;
  }

  #count(ref: string, say: (text: string) => void): void {
    const [id = '', version] = ref.split('@');
    const next = (this.#versions.get(id) ?? 0) + 1;
    if (Number(version) !== next) say(`${ref} is not version ${next}`);
    this.#versions.set(id, next);
  }

  /** The files say what the events say. */
  #compareFiles(
    { op, agent, events, contracts }: Commit,
    statuses: ReadonlyMap<string, string>,
    say: (text: string) => void,
  ): void {
    for (const name of new Set([...statuses.keys(), ...Object.keys(contracts)])) {
      const before = this.#stands.get(name);
      const now = contracts[name] ?? before;
      const said = (type: string): number =>
        events.filter((event) => event === `contract-${type} ${name}`).length;
      if (now?.status !== (statuses.get(name) ?? before?.status))
        say(`${name} is ${now?.status}, not ${statuses.get(name) ?? before?.status}`);
      const claimed = said('claimed') > 0;
      const { claim } = now ?? {};
      if (claimed && (claim?.token !== op || claim.agent !== agent))
        say(`the claim of ${name} is ${claim?.token} of ${claim?.agent}`);
      if (!claimed && claim && claim.token !== before?.claim?.token)
        say(`${name} has got a claim without a word`);
      if (!claimed && claim?.renewed !== before?.claim?.renewed && said('renewed') === 0)
        say(`the claim of ${name} has changed without a word`);
      const fresh = (now?.outputs ?? []).filter((ref) => !before?.outputs.includes(ref));
      if (fresh.length !== said('output')) say(`outputs of ${name}: ${fresh.join(' ')}`);
      for (const ref of fresh) {
        const [id = '', version] = ref.split('@');
        if (Number(version) > (this.#versions.get(id) ?? 0)) say(`there is no ${ref}`);
      }
    }
  }

  /** No file without an event, no event without a file. */
  #comparePaths({ events, paths }: Commit, say: (text: string) => void): void {
    const said = events.flatMap((event) => {
      const [type = '', subject = ''] = event.split(' ');
      // It stands in the message of its commit only.
      if (type === 'message-sent') return [];
      if (type === 'store-created') return 'concord';
      if (type === 'agent-registered') return `agents/${subject}`;
      if (type === 'artifact-published') return `artifacts/${subject.split('@')[0]}`;
      return `contracts/${subject}`;
    });
    const there = paths.map((path) =>
      path.replace(/^(artifacts|contracts)\/../, '$1').replace(/\.yaml$/, ''),
    );
    for (const name of there) if (!said.includes(name)) say(`${name} has changed without a word`);
    for (const name of said) if (!there.includes(name)) say(`${name} has not changed`);
  }
}

/** What a history and the answers of claimers have against each other; nothing when each claim has one winner and no answer was false. */
export const wrongWithClaims = (
  commits: readonly Commit[],
  answers: readonly Acknowledged[],
): string[] => {
  const judge = new Judge();
  for (const [at, commit] of commits.entries()) judge.look(commit, at);
  const { wrong, claims } = judge;
  const places = new Map(commits.map(({ id }, at) => [id, at]));
  const told = new Set<string>();
  const placed: { at: number; answer: Acknowledged }[] = [];
  for (const answer of answers) {
    const isClaim = 'token' in answer;
    const name = isClaim ? `claim ${answer.token}` : `publish ${answer.ref}`;
    if (told.has(name)) wrong.push(`${name} was acknowledged twice`);
    told.add(name);
    const found = isClaim
      ? claims.filter(
          ({ op, contract, stand }) =>
            op === answer.token &&
            contract === answer.contract &&
            stand?.claim?.session === answer.session &&
            stand.claim.agent === answer.agent,
        )
      : [{ at: places.get(answer.commit) ?? -1 }].filter(
          ({ at }) =>
            commits[at]?.events.includes(`artifact-published ${answer.ref}`) &&
            commits[at].events.includes(`contract-output ${answer.contract}`) &&
            commits[at].agent === answer.agent,
        );
    const [only, second] = found;
    if (!only || second) wrong.push(`${name} of ${answer.contract} stands ${found.length} times`);
    else placed.push({ at: only.at, answer });
  }
  return [...wrong, ...outOfTime(placed)];
};

/** What had been answered before something else was asked for stands before it. */
const outOfTime = (placed: readonly { at: number; answer: Acknowledged }[]): string[] => {
  let latest = 0;
  return [...placed]
    .sort((a, b) => a.at - b.at)
    .flatMap(({ at, answer: { contract, began, ended } }) => {
      const late = ended < latest;
      latest = Math.max(latest, began);
      return late ? [`${contract} stands at ${at}, after what was asked for later`] : [];
    });
};

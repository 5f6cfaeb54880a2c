import type { ArtifactRow } from '../../model/compare/artifacts.ts';
import type { Comparison, OtherRow } from '../../model/compare/compare.ts';
import type { ContractRow } from '../../model/compare/contracts.ts';
import type { Differing } from '../../model/compare/differences.ts';
import { count, oneLine } from '../../model/text.ts';
import type { Point } from '../point.ts';
import {
  activityWords,
  artifactWords,
  codeWords,
  contractWords,
  differs,
  nothing,
  outcomeWords,
  spentWords,
  there,
} from './words.ts';

export type CompareOutput = Comparison & {
  readonly left: Point;
  readonly right: Point;
  /** Artifacts that differ, and were not compared because they are too many. */
  readonly unread: number;
  /** The command with which git shows the same. */
  readonly git: string;
};

/** One thing and what either side has of it, in our words; below it what agents wrote. */
export type Item = {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  readonly differences: readonly Differing[];
  /** All differences, also those that are not among these. */
  readonly total: number;
};

export type Section = {
  readonly title: string;
  readonly items: readonly Item[];
  /** What else there is to say of the section, below its items. */
  readonly notes: readonly string[];
};

const item = (name: string, left: string, right: string): Item => ({
  name,
  left,
  right,
  differences: [],
  total: 0,
});

const contractItem = ({ id, left, right, agreement }: ContractRow): Item => ({
  ...item(id, contractWords(left), contractWords(right)),
  differences: agreement,
  total: agreement.length,
});

const artifactItem = ({ id, left, right, differences, total }: ArtifactRow): Item => ({
  ...item(id, artifactWords(left), artifactWords(right)),
  differences,
  total,
});

const same = (n: number, noun: string): string[] =>
  n > 0 ? [`${count(n, noun)} ${n === 1 ? 'is' : 'are'} the same`] : [];

/** What there is to show, in order; where both are the same, only what was asked for. */
export const sectionsOf = (output: CompareOutput): Section[] =>
  [
    contractSection(output),
    artifactSection(output),
    testSection(output),
    codeSection(output),
    {
      title: 'Agents, since both parted',
      items: output.agents.map(({ agent, left, right }) =>
        item(oneLine(agent, 80), activityWords(left), activityWords(right)),
      ),
      notes: [],
    },
    { title: 'Other files', items: output.others.map(otherItem), notes: [] },
    spentSection(output),
  ].filter(({ items, notes }) => items.length > 0 || (notes.length > 0 && !output.same));

const contractSection = ({ contracts, counts }: CompareOutput): Section => ({
  title: 'Contracts',
  items: contracts.map(contractItem),
  notes: same(counts.contracts.same, 'contract'),
});

/** Versions of equal content are counted, as what is the same is. */
const artifactSection = ({ artifacts, counts, unread }: CompareOutput): Section => {
  const again = artifacts.filter(({ change }) => change === 'again');
  return {
    title: 'Artifacts',
    items: artifacts.filter(({ change }) => change !== 'again').map(artifactItem),
    notes: [
      ...(again.length > 0
        ? [`${count(again.length, 'artifact')} with the same content in other versions`]
        : []),
      ...same(counts.artifacts.same, 'artifact'),
      ...(unread > 0 ? [`${unread} more differ, and were not looked into`] : []),
    ],
  };
};

const testSection = ({ tests }: CompareOutput): Section => {
  const { results, left, right } = tests;
  const items = results.map((row) => item(row.id, outcomeWords(row.left), outcomeWords(row.right)));
  const sums = item('in all', outcomeWords(left), outcomeWords(right));
  const [first] = items;
  const told = items.length > 1 || first?.left !== sums.left || first.right !== sums.right;
  return { title: 'Tests', items: first && told ? [...items, sums] : items, notes: [] };
};

/** The code that the artifacts were made from, where that differs. */
const codeSection = ({ artifacts }: CompareOutput): Section => {
  const rows = artifacts
    .map(({ id, left, right }) => item(id, codeWords(left?.code), codeWords(right?.code)))
    .filter(({ left, right }) => left !== right);
  const [both] = artifacts.filter(
    ({ left, right }) => left?.code && right?.code && left.code.commit !== right.code.commit,
  );
  const commits = [both?.left?.code?.commit, both?.right?.code?.commit].map((oid) =>
    oid?.slice(0, 12),
  );
  return { title: 'Code', items: rows, notes: both ? [`git diff ${commits.join(' ')}`] : [] };
};

const otherItem = ({ kind, id, change }: OtherRow): Item => {
  const name = kind === 'concord' ? 'settings' : `${kind} ${id}`;
  if (change === 'same') return item(name, 'the same', 'the same');
  if (change === 'changed') return item(name, differs, differs);
  return item(name, change === 'left' ? there : nothing, change === 'right' ? there : nothing);
};

const spentSection = ({ spent }: CompareOutput): Section => {
  const [left, right] = [spent?.left, spent?.right].map((one) => (one ? spentWords(one) : nothing));
  return {
    title: 'Spent',
    items: spent ? [item('in all', left ?? nothing, right ?? nothing)] : [],
    notes: [],
  };
};

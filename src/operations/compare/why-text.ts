import { count } from '../../model/text.ts';
import type { CompareOutput } from './sections.ts';

/** Why both differ, in a sentence; `name` marks the names in it. */
export const whyWords = (
  { why, same, counts, left, right }: CompareOutput,
  name: (text: string) => string,
): string => {
  if (same) return 'Both are the same.';
  if (!why && counts.contracts.different + counts.artifacts.different === 0)
    return 'No contract and no artifact differs, only other files.';
  if (!why) return 'No agreement and no content differs: only how far the work is, or who did it.';
  const { kind, contract = '', artifact = '', publisher = '', others } = why;
  const lone = why.left === undefined ? right : left;
  const one = why.left === undefined || why.right === undefined;
  const only = one ? `, which only ${name(lone.name)} has,` : '';
  const given = contract === '' ? '' : ` for contract ${name(contract)}`;
  const sentence = {
    agreement: `of contract ${name(contract)} something else was agreed`,
    presence: `only ${name(lone.name)} has contract ${name(contract)}`,
    sources: `artifact ${name(artifact)}, published by ${name(publisher)}${given}, was made from other versions`,
    content: `artifact ${name(artifact)}${why.path === '' ? only : ''} was published by ${name(publisher)}${given}; its inputs are the same`,
  }[kind];
  const more = others > 0 ? ` (${count(others, 'other')} beside it)` : '';
  return `The first that differs: ${sentence}${more}.`;
};

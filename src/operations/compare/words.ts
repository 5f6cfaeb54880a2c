import type { ArtifactState } from '../../model/compare/artifacts.ts';
import type { ContractState } from '../../model/compare/contracts.ts';
import type { Activity, Spent } from '../../model/compare/side.ts';
import type { Outcome } from '../../model/compare/tests.ts';
import { statusWord } from '../../model/contract/status.ts';
import type { Code } from '../../model/entity.ts';
import { count, oneLine } from '../../model/text.ts';

/** What stands where a side has nothing. */
export const nothing = '-';
/** Of what has no words of its own. */
export const there = 'there';
export const differs = 'differs';

/** "40 s", "12 min", "3 h 5 min". */
const duration = (seconds: number): string => {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

export const spentWords = ({ usd, tokens, seconds }: Spent): string =>
  [
    ...(usd === undefined ? [] : [`${usd.toFixed(2)} USD`]),
    ...(tokens === undefined ? [] : [count(tokens, 'token')]),
    ...(seconds === undefined ? [] : [`${duration(Math.round(seconds))} of work`]),
  ].join(', ');

export const contractWords = (state: ContractState | null): string => {
  if (!state) return nothing;
  const { status, attempts, seconds, agent, spent } = state;
  return [
    statusWord(status),
    ...(attempts > 0 ? [count(attempts, 'attempt')] : []),
    ...(seconds === undefined ? [] : [duration(seconds)]),
    ...(agent === undefined ? [] : [agent]),
    ...(spent === undefined ? [] : [spentWords(spent)]),
  ].join(', ');
};

export const artifactWords = (state: ArtifactState | null): string =>
  state ? `@${state.version} ${state.type} by ${state.publisher}` : nothing;

export const outcomeWords = (outcome: Outcome | null): string =>
  outcome
    ? `${outcome.passed} passed, ${outcome.failed} failed${outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : ''}`
    : nothing;

export const codeWords = (code: Code | undefined): string => {
  if (!code) return nothing;
  const branch = code.branch === undefined ? '' : ` on ${oneLine(code.branch, 60)}`;
  return `${code.commit.slice(0, 12)}${branch}${code.dirty ? ', with uncommitted changes' : ''}`;
};

export const activityWords = (activity: Activity | null): string => {
  if (!activity) return nothing;
  const { transactions, published, claimed, completed } = activity;
  return [
    count(transactions, 'transaction'),
    ...(claimed > 0 ? [`${claimed} claimed`] : []),
    ...(published > 0 ? [`${published} published`] : []),
    ...(completed > 0 ? [`${completed} completed`] : []),
  ].join(', ');
};

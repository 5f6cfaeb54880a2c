import type { Step } from './conversation.ts';
import type { Mind } from './model.ts';

/** Uses a tool of Concord. */
export const use = (tool: string, input: Readonly<Record<string, unknown>> = {}): Step => ({
  use: `mcp__concord__${tool}`,
  input,
});
export const say = (text: string): Step => ({ say: text });

/** Does one thing after the other, whatever it is shown, and says "Done." after the last one. */
export const inTurn =
  (...steps: readonly Step[]): Mind =>
  ({ answers }) =>
    steps[answers] ?? say('Done.');

/** What a worker makes of a task: the data of the type that is asked for. */
export type Skill = (task: string) => Readonly<Record<string, unknown>>;

/** The type that a task asks for, as its text says it: "  auth/api  (api-contract, required; becomes @2)". */
const wanted = /^ +\S+ +\(([a-z-]+), required/m;

/** The last thing shown that gives a task: a claim's answer, or the prompt of a run. */
const taskIn = (texts: readonly string[]): string | undefined =>
  texts.findLast((text) => wanted.test(text) && text.includes('You hold '));

/** Takes what is ready and publishes what it asks for, as the texts say, until there is nothing more. */
export const worker =
  (skills: Readonly<Record<string, Skill>>, start: readonly Step[] = []): Mind =>
  ({ answers, prompts, results }) => {
    const first = start[answers];
    if (first) return first;
    const last = results.at(-1);
    if (last?.name === 'contract_claim' && last.text.startsWith('Nothing is ready'))
      return say('Nothing is left to do.');
    const task = taskIn([...prompts, ...results.map(({ text }) => text)]);
    const published = results.findLastIndex(({ text }) => text.startsWith('Published '));
    const claimed = results.findLastIndex(({ text }) => text === task);
    if (task === undefined || (published >= 0 && published > claimed)) return use('contract_claim');
    const type = wanted.exec(task)?.[1] ?? '';
    const skill = skills[type];
    if (!skill) throw new Error(`nobody knows how to make a ${type}`);
    return use('artifact_publish', { data: skill(task), summary: `A ${type}` });
  };

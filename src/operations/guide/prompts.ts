import { quoted } from '../refusal.ts';
import { passages } from './skill.ts';
import { toolCall } from './speak.ts';

type Argument = {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
};

/** A prompt that a person calls by its name, in a client that shows them. */
export type Prompt = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly Argument[];
  /** Its text; required arguments are there. */
  text(given: Readonly<Record<string, string | undefined>>): string;
};

const given = (
  values: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value));

const brief: Prompt = {
  name: 'brief',
  title: 'Brief me',
  description: 'Who this session is, what it holds, what is ready and what is new.',
  arguments: [{ name: 'as', description: 'The name to take, such as api-dev.', required: false }],
  text: ({ as }) =>
    `Call ${toolCall({ operation: 'team_brief', input: given({ as }) })} and tell me in a few lines what is in hand, what is ready, and what needs me. Begin nothing yet.`,
};

const work: Prompt = {
  name: 'work',
  title: 'Do the next contract',
  description: 'Take the next contract that is ready, do it, publish what it expects.',
  arguments: [
    {
      name: 'contract',
      description: 'The contract; without it, the best that is ready.',
      required: false,
    },
  ],
  text: ({
    contract,
  }) => `Take one contract with ${toolCall({ operation: 'contract_claim', input: given({ contractId: contract }) })} and do what its task says, up to its last output; then tell me what you published. If nothing is ready, say what there is to wait for.

How it goes:
${passages.working}

If it does not work:
${passages.failing}`,
};

/** Some clients cut what a person types at the spaces and drop the rest: one word is then a name, or the beginning of more. */
const goalText = (goal: string): string => {
  if (goal === '') return 'Ask me first what is to be reached. Then plan the work for it';
  const alone = /\s/.test(goal)
    ? ''
    : '\nIf that is a file, an issue or an artifact, read it first. If not, my words were cut off: ask me for all of them.';
  return `This is to be reached:\n${quoted(goal)}${alone}\n\nPlan the work for it`;
};

const plan: Prompt = {
  name: 'plan',
  title: 'Plan contracts',
  description: 'Turn a goal into contracts for the team, with dependencies and acceptance.',
  arguments: [
    {
      name: 'goal',
      description: 'What is to be reached, or a file that says it; without it, you are asked.',
      required: false,
    },
  ],
  text: ({
    goal = '',
  }) => `${goalText(goal.trim())}, and give it to the team as contracts. Call team_brief first, to see who is there and what is under way. Show me the plan (contracts, who gets them, what each waits for, what it has to publish) and make the contracts when I agree. Do none of the work yourself.

How contracts are made:
${passages.giving}

When no contract is needed at all, say so:
${passages.needless}`,
};

export const prompts: readonly Prompt[] = [brief, work, plan];

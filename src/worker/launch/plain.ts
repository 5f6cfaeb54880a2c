import { basename } from 'node:path';
import { ConcordError } from '../../model/error.ts';
import type { Line, Prepared } from './types.ts';

/** Programs that run what stands after `-c` or `-e`. */
const interpreters = new Set([
  'sh',
  'bash',
  'dash',
  'zsh',
  'ksh',
  'fish',
  'python',
  'python3',
  'node',
  'perl',
  'ruby',
]);

/**
 * Any program, as the user wrote it. The prompt comes on its standard input; where a word is exactly {prompt} or {contract}, that word is
 * replaced as a whole. Never is a part of a word: the prompt quotes other agents, and must not become a piece of a program.
 */
export const plainLaunch = ({ agent, contract, prompt }: Prepared): Line => {
  const [program = '', ...words] = agent.command ?? [];
  const runs = interpreters.has(basename(program));
  const replaced = words.map((word, at) => {
    if (word === '{contract}') return contract;
    if (word !== '{prompt}') return word;
    if (runs && /^-[a-z]*[ce]$/.test(words[at - 1] ?? '')) throw wouldRun(agent.name, program);
    return prompt;
  });
  return { words: [program, ...replaced], stdin: prompt };
};

const wouldRun = (agent: string, program: string): ConcordError =>
  new ConcordError(
    'INVALID',
    `The command of ${agent} would make ${program} run the prompt as a program.`,
    {
      hint: 'The prompt comes on standard input, and stands in the file that CONCORD_PROMPT_FILE names.',
    },
  );

import { defineOperation } from '../operation.ts';
import { setWorking } from './working.ts';

export type WorkOutput = { readonly on: boolean };

const meaning = {
  true: [
    'This session works for the team: once, it is held when it ends with a contract in hand,',
    'and when it is idle it is woken by work that is ready for it, or by something to read.',
  ],
  false: [
    'This session does not work for the team: it is neither held at its end nor woken.',
    'What it holds it keeps until the lease ends, or until it gives it back.',
  ],
} as const;

export const sessionWork = defineOperation({
  name: 'session_work',
  summary: 'Say whether this session works for the team: whether it may be held, or woken.',
  input: {
    type: 'object',
    properties: {
      action: {
        type: 'string',
        enum: ['on', 'off', 'status'],
        description: 'On, off, or how it is (default).',
      },
    },
    additionalProperties: false,
  },
  profile: 'cli',
  commands: [
    {
      path: 'work',
      positional: ['action'],
      examples: ['concord work on', 'concord work off'],
    },
  ],
  run: async ({ action = 'status' }, context): Promise<WorkOutput> => {
    // Refused where there is no store: nothing would ever read the note.
    await context.store();
    if (action !== 'status') setWorking(context.session(), action === 'on');
    return { on: context.working() };
  },
  render: ({ on }) => meaning[on ? 'true' : 'false'].join('\n'),
});

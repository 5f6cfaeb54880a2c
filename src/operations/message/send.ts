import { send } from '../../model/send.ts';
import type { Message } from '../../model/message.ts';
import { everyone } from '../../model/notice.ts';
import { ConcordError } from '../../model/error.ts';
import { keyFor } from '../key.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { wait, waitFor } from '../waiting.ts';

const schema = {
  type: 'object',
  properties: {
    to: { type: 'string', description: 'An agent, a role, "*", or a contract: its holder.' },
    text: { type: 'string', description: 'What to say.' },
    replyTo: { type: 'string', description: 'The message it answers.' },
    ask: { type: 'boolean', description: 'An answer is wanted.' },
    wait,
    idempotencyKey: {
      type: 'string',
      description: 'A repeated call with the same key returns the first result.',
    },
    line,
  },
  required: ['text'],
  additionalProperties: false,
} as const;

export type SendOutput = {
  readonly message: string;
  readonly to: string;
  readonly commit: string;
  readonly line: string;
  readonly answer: Pick<Message, 'id' | 'from' | 'text'> | null;
  readonly timedOut: boolean;
};

const run = async (input: Input<typeof schema>, context: Context): Promise<SendOutput> => {
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const name = context.line;
  const { to, text, replyTo, ask, idempotencyKey } = input;
  const asked = [to ?? null, text, replyTo ?? null, ask ?? false];
  const committed = await store.write(
    { agent, line: name, key: keyFor('message_send', agent, idempotencyKey, asked) },
    (transaction) => {
      const { view, circumstances } = transaction;
      transaction.append(send(view, { to, text, replyTo, ask }, circumstances));
      return circumstances.op;
    },
  );
  const commit = committed.commit ?? '';
  const id = committed.result ?? (await operationOf(context, commit));
  const message = await store.look(name, (view) => view.message(id));
  if (!message) throw new ConcordError('INTERNAL', 'The message was sent but is not in the index.');
  const seconds = ask ? (input.wait ?? 0) : 0;
  const { found } = await waitFor(context, seconds, async () => ({
    found: await store.read(name, (facts) => facts.inbox.replies(name, id)[0]),
  }));
  return {
    message: id,
    to: message.to,
    commit,
    line: name,
    answer: found ? { id: found.id, from: found.from, text: found.text } : null,
    timedOut: seconds > 0 && !found,
  };
};

/** A repeated call learns which message it sent then. */
const operationOf = async (context: Context, commit: string): Promise<string> => {
  const store = await context.store();
  return store.read(context.line, (facts) => facts.inbox.sentBy(context.line, commit) ?? '');
};

const render = (output: SendOutput, speak: Speak): string => {
  const { to, message, answer, timedOut } = output;
  const whom = to === everyone ? 'everyone' : to;
  const head = speak.strong(`Sent to ${whom}.`);
  if (answer)
    return [
      head,
      `${answer.from} answers:`,
      speak.quote(answer.text),
      '',
      `Next: ${speak.call({ operation: 'message_send', input: { replyTo: answer.id, text: '...' } })}   # if there is more to say`,
    ].join('\n');
  return [
    head,
    ...(timedOut ? ['No answer in that time; it will be in your inbox.'] : []),
    speak.faint(`Message ${message}`),
    '',
    `Next: ${speak.call({ operation: 'inbox_read', input: {} })}`,
  ].join('\n');
};

export const messageSend = defineOperation({
  name: 'message_send',
  summary: 'Write to an agent, to all, or to the holder of a contract; ask for an answer.',
  details: 'For the rare case: work is given as a contract, results as artifacts.',
  input: schema,
  unlisted: ['line', 'idempotencyKey'],
  plain: ['text', 'replyTo'],
  profile: 'full',
  commands: [
    {
      path: 'send',
      positional: ['to', 'text'],
      needs: ['to'],
      without: ['replyTo', 'ask', 'wait'],
      examples: ['concord send qa-dev "The staging database is down until 15:00"'],
    },
    {
      path: 'ask',
      summary: 'Ask an agent, and wait for the answer.',
      positional: ['to', 'text'],
      needs: ['to'],
      preset: { ask: true, wait: 120 },
      words: { wait: 'Wait at most so many seconds (120).' },
      without: ['replyTo', 'ask'],
    },
    {
      path: 'reply',
      summary: 'Answer a message.',
      positional: ['replyTo', 'text'],
      needs: ['replyTo'],
      without: ['to', 'ask', 'wait'],
    },
  ],
  flags: { wait: 'timeout' },
  run,
  render,
  failed: ({ timedOut }) => (timedOut ? 'TIMEOUT' : undefined),
});

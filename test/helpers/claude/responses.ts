import { events, ownName, usedTokens } from './conversation.ts';
import type { Answer, Conversation, Dialect, Step } from './conversation.ts';

type Part = { readonly type: string; readonly text?: string };
type Item = {
  readonly type: string;
  readonly role?: string;
  readonly content?: readonly Part[];
  readonly name?: string;
  readonly call_id?: string;
  readonly output?: string | readonly Part[];
};
type Body = {
  readonly input: readonly Item[];
  readonly tools?: readonly {
    readonly name?: string;
    readonly tools?: readonly { readonly name: string }[];
  }[];
};

const textOf = (parts: string | readonly Part[] | undefined): string =>
  typeof parts === 'string' ? parts : (parts ?? []).map(({ text = '' }) => text).join('\n');

/** The client writes how long it took before what the tool said. */
const outputOf = (item: Item): string =>
  textOf(item.output).replace(/^Wall time: [\s\S]*?\nOutput:\n/, '');

const read = (
  headers: Readonly<Record<string, unknown>>,
  { input, tools = [] }: Body,
): Conversation => {
  const named = new Map(input.map(({ call_id: id, name }) => [name === undefined ? '' : id, name]));
  const isOwn = ({ type, role }: Item): boolean => type === 'function_call' || role === 'assistant';
  const texts = input.map((item) => textOf(item.content) || outputOf(item));
  const of = (role: string): string[] =>
    input.filter((item) => item.role === role).map(({ content }) => textOf(content));
  return {
    client: 'codex',
    session: String(headers['session-id']),
    subagent: undefined,
    tools: tools.flatMap(({ name = '', tools: inner }) =>
      inner ? inner.map((tool) => `${name}__${tool.name}`) : [name],
    ),
    answers: input.filter(isOwn).length,
    system: of('developer').join('\n'),
    results: input
      .filter(({ type }) => type === 'function_call_output')
      .map((item) => ({
        name: ownName(named.get(item.call_id) ?? ''),
        text: outputOf(item),
        isError: false,
      })),
    reminders: of('developer'),
    prompts: of('user'),
    shown: texts.join('\n'),
    news: texts.slice(input.findLastIndex(isOwn) + 1).join('\n'),
  };
};

const itemOf = (step: Step, id: string): Readonly<Record<string, unknown>> => {
  const status = 'completed';
  if ('say' in step) {
    const content = [{ type: 'output_text', text: step.say, annotations: [] }];
    return { type: 'message', id: `msg_${id}`, role: 'assistant', status, content };
  }
  const name = ownName(step.use);
  const server = step.use.slice(0, step.use.length - name.length).replace(/__$/, '');
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: `call_${id}`,
    ...(server !== '' && { namespace: server }),
    name,
    arguments: JSON.stringify(step.input ?? {}),
    status,
  };
};

const answer = (_url: string, _body: Body, id: string, steps: readonly Step[]): Answer => {
  const items = steps.map((step, at) => itemOf(step, `${id}_${at}`));
  const usage = {
    input_tokens: usedTokens.input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: usedTokens.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usedTokens.input + usedTokens.output,
  };
  const response = { id: `resp_${id}`, status: 'completed', output: items, usage };
  return events([
    { type: 'response.created', response: { id: `resp_${id}` } },
    ...items.flatMap((item, at) => [
      { type: 'response.output_item.added', output_index: at, item },
      { type: 'response.output_item.done', output_index: at, item },
    ]),
    { type: 'response.completed', response },
  ]);
};

/** The Responses API, as Codex uses it. */
export const responses: Dialect<Body> = {
  isAsked: (url) => url.endsWith('/responses'),
  read,
  answer,
};

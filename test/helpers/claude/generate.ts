import { events, ownName, usedTokens } from './conversation.ts';
import type { Answer, Conversation, Dialect, Step } from './conversation.ts';

type Part = {
  readonly text?: string;
  readonly functionCall?: { readonly name: string };
  readonly functionResponse?: {
    readonly name: string;
    readonly response: { readonly output?: string; readonly error?: string };
  };
};
type Content = { readonly role: string; readonly parts: readonly Part[] };
type Body = {
  readonly contents: readonly Content[];
  readonly systemInstruction?: { readonly parts: readonly Part[] };
  readonly tools?: readonly {
    readonly functionDeclarations?: readonly { readonly name: string }[];
  }[];
};

const fence = /^<untrusted_context>\n|\n<\/untrusted_context>$/g;

const partText = ({ text, functionResponse: result }: Part): string =>
  text ?? (result?.response.output ?? result?.response.error ?? '').replaceAll(fence, '');
const textOf = (parts: readonly Part[] = []): string => parts.map(partText).join('\n');

const read = (
  _headers: Readonly<Record<string, unknown>>,
  { contents, systemInstruction, tools }: Body,
): Conversation | undefined => {
  if (!tools) return undefined;
  const texts = contents.map(({ parts }) => textOf(parts));
  const system = textOf(systemInstruction?.parts);
  const parts = contents.flatMap((content) => content.parts);
  return {
    client: 'gemini',
    // Its requests do not say which session they belong to.
    session: 'gemini',
    subagent: undefined,
    tools: tools.flatMap(({ functionDeclarations = [] }) =>
      functionDeclarations.map(({ name }) => name),
    ),
    answers: contents.filter(({ role }) => role === 'model').length,
    system,
    results: parts.flatMap((part) =>
      part.functionResponse
        ? [
            {
              name: ownName(part.functionResponse.name),
              text: partText(part),
              isError: part.functionResponse.response.error !== undefined,
            },
          ]
        : [],
    ),
    reminders: [],
    prompts: contents
      .filter(({ role }) => role === 'user')
      .flatMap((content) => content.parts.flatMap(({ text = '' }) => (text === '' ? [] : [text]))),
    shown: [system, ...texts].join('\n'),
    news: texts.slice(contents.findLastIndex(({ role }) => role === 'model') + 1).join('\n'),
  };
};

const partOf = (step: Step): Readonly<Record<string, unknown>> =>
  'say' in step
    ? { text: step.say }
    : {
        functionCall: {
          name: step.use.replace('mcp__concord__', 'mcp_concord_'),
          args: step.input ?? {},
        },
      };

const answer = (url: string, _body: Body, _id: string, steps: readonly Step[]): Answer => {
  const content = { role: 'model', parts: steps.map(partOf) };
  const usageMetadata = {
    promptTokenCount: usedTokens.input,
    candidatesTokenCount: usedTokens.output,
    totalTokenCount: usedTokens.input + usedTokens.output,
  };
  const answered = { candidates: [{ content, finishReason: 'STOP', index: 0 }], usageMetadata };
  return url.includes('streamGenerateContent')
    ? events([answered])
    : { type: 'application/json', text: JSON.stringify(answered) };
};

/** The generateContent API, as Gemini CLI uses it. */
export const generate: Dialect<Body> = {
  isAsked: (url) => /:(streamG|g)enerateContent/.test(url),
  read,
  answer,
};

import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { nearest, shown } from '../model/text.ts';
import { prompts } from '../operations/guide/prompts.ts';

/** Prompts that a person calls by name; they say what to do, the tools do it. */
export const servePrompts = (server: Server): void => {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: prompts.map(({ name, title, description, arguments: list }) => ({
      name,
      title,
      description,
      arguments: [...list],
    })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = prompts.find(({ name }) => name === params.name);
    if (!prompt) throw unknown(params.name);
    const text = prompt.text(params.arguments ?? {});
    return {
      description: prompt.description,
      messages: [{ role: 'user', content: { type: 'text', text } }],
    };
  });
};

/** A prompt has no reply that is an error: only this message reaches the caller. The SDK's own error would put its name before it. */
const unknown = (name: string): Error => {
  const names = prompts.map((prompt) => prompt.name);
  const near = nearest(name, names);
  const text = `Refused (NOT_FOUND): there is no prompt ${shown(name)}.${near ? ` Did you mean ${near}?` : ''} Prompts: ${names.join(', ')}.`;
  return Object.assign(new Error(text), { code: ErrorCode.InvalidParams });
};

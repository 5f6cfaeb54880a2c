import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { nearest, oneLine, shown } from '../model/text.ts';
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
    const given = params.arguments ?? {};
    const prompt = prompts.find(({ name }) => name === params.name);
    if (!prompt) throw unknown(params.name);
    const missing = prompt.arguments.find(({ name, required }) => required && !given[name]?.trim());
    if (missing)
      throw refused(
        `${prompt.name} needs ${missing.name}: ${missing.description} Nothing was done.`,
      );
    const text = prompt.text(given);
    return {
      description: prompt.description,
      messages: [{ role: 'user', content: { type: 'text', text } }],
    };
  });
};

/** A prompt has no reply that is an error: only its message reaches the caller. The SDK's own error would put its name before it. */
const refused = (text: string): Error =>
  Object.assign(new Error(`Refused (INVALID): ${text}`), { code: ErrorCode.InvalidParams });

const unknown = (name: string): Error => {
  const names = prompts.map((prompt) => prompt.name);
  const near = nearest(name, names);
  return refused(
    `there is no prompt ${shown(name)}.${near ? ` Did you mean ${near}?` : ''} Prompts: ${oneLine(names.join(', '))}.`,
  );
};

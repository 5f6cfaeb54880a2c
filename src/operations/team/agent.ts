import { startable } from '../../model/agent.ts';
import { permissionModes } from '../../model/entity.ts';
import type { Agent, PermissionMode } from '../../model/entity.ts';
import { invalid } from '../../model/error.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { checkSlug } from '../../model/names.ts';
import { shown } from '../../model/text.ts';
import { checkFields } from './fields.ts';

/** A member of the team as a file says it. When it was first seen is not the file's to say. */
export const agentOf = (said: JsonObject, registered: string, before: Agent | undefined): Agent => {
  checkFields(
    'agents',
    said,
    ['name', 'role', 'description', 'model'],
    ['command', 'tools', 'permissionMode'],
  );
  const { name, role, description, command, tools, permissionMode, model } = said;
  if (typeof name !== 'string') throw invalid('agents.name', 'given', shown(name));
  checkSlug(name, 'agents.name');
  return {
    name,
    registered: before?.registered ?? registered,
    ...(typeof role === 'string' && { role: checkSlug(role, 'agents.role') }),
    ...(typeof description === 'string' && { description }),
    ...(command !== undefined && { command: commandOf(command) }),
    ...(tools !== undefined && { tools: toolsOf(tools) }),
    ...(permissionMode !== undefined && { permissionMode: modeOf(permissionMode) }),
    ...(typeof model === 'string' && { model: modelOf(model) }),
  };
};

const textsOf = (value: Json): readonly string[] | undefined =>
  Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;

/**
 * A list is a program with its arguments. A text is a line for the shell, written by whoever wrote the file, unless it is the mere name
 * of a coding agent: such a word stays, and is made a whole command when a session is started.
 */
const commandOf = (command: Json): readonly string[] => {
  const words = typeof command === 'string' ? [command.trim()] : textsOf(command);
  const first = words?.[0];
  if (words === undefined || first === undefined || first === '')
    throw invalid('agents.command', 'text, or a list of texts', shown(command));
  if (typeof command !== 'string' || startable.some((known) => known === first)) return words;
  return ['sh', '-c', command];
};

const toolsOf = (tools: Json): readonly string[] => {
  const names = textsOf(tools);
  if (names?.every((name) => /^[A-Za-z*]/.test(name))) return names;
  throw invalid('agents.tools', 'a list of names of tools, such as [Edit, Write]', shown(tools));
};

const modeOf = (mode: Json): PermissionMode => {
  const found = permissionModes.find((one) => one === mode);
  if (found !== undefined) return found;
  throw invalid('agents.permissionMode', `one of ${permissionModes.join(', ')}`, shown(mode));
};

/** It becomes a word of a command line: no option may be made of it. */
const modelOf = (model: string): string => {
  if (/^[A-Za-z0-9]/.test(model)) return model;
  throw invalid('agents.model', 'the name of a model', shown(model));
};

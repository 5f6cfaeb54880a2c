import type { JsonObject } from './json.ts';
import type { Time } from './entity.ts';
import { registration } from './agent.ts';
import { invalid } from './error.ts';
import type { Event } from './event.ts';
import { canonical } from './json.ts';
import { checkSlug } from './names.ts';
import { shown } from './text.ts';
import type { View } from './view.ts';

export type RegisterRequest = {
  readonly type: string;
  readonly schema: JsonObject;
  readonly description?: string;
  readonly agent: string;
  readonly time: Time;
};

/** A team's own type, or its next version. Registering what stands already changes nothing. */
export const registerType = (
  view: View,
  request: RegisterRequest,
  shipped: readonly string[],
): readonly Event[] => {
  const type = checkSlug(request.type, 'type');
  if (shipped.includes(type)) {
    throw invalid('type', 'a name of your own', `${shown(type)}, which Concord ships`, {
      hint: `Shipped: ${shipped.join(', ')}.`,
    });
  }
  const current = view.registeredType(type);
  if (
    current &&
    canonical(current.schema) === canonical(request.schema) &&
    current.description === request.description
  )
    return [];
  return [
    ...registration(view, request.agent, request.time),
    {
      type: 'type-registered',
      registered: {
        type,
        version: (current?.version ?? 0) + 1,
        publisher: request.agent,
        time: request.time,
        ...(request.description !== undefined && { description: request.description }),
        schema: request.schema,
      },
    },
  ];
};

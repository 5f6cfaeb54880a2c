import type { Time } from './entity.ts';
import type { Event } from './event.ts';
import { checkSlug } from './names.ts';
import type { View } from './view.ts';

/** An agent is registered by its first use; afterwards this is nothing. */
export const registration = (view: View, name: string, time: Time): readonly Event[] =>
  view.agent(checkSlug(name, 'agent'))
    ? []
    : [{ type: 'agent-registered', agent: { name, registered: time } }];

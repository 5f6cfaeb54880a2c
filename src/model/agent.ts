import type { Time } from './entity.ts';
import type { Event } from './event.ts';
import { checkSlug } from './names.ts';
import type { View } from './view.ts';

/** Coding agents whose whole command line is known: as a command, their name alone is enough. */
export const startable = ['claude', 'codex', 'gemini'] as const;
export type Startable = (typeof startable)[number];

/** An agent is registered by its first use; afterwards this is nothing. */
export const registration = (view: View, name: string, time: Time): readonly Event[] =>
  view.agent(checkSlug(name, 'agent'))
    ? []
    : [{ type: 'agent-registered', agent: { name, registered: time } }];

import type { Time } from './entity.ts';

/** A message that somebody sent. `thread` is the first message of the exchange, `length` how many it has with this one. */
export type Message = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly ask?: true;
  readonly replyTo?: string;
  readonly thread: string;
  readonly length: number;
};

export type MessageSent = {
  readonly type: 'message-sent';
  readonly message: Message;
  readonly time: Time;
};

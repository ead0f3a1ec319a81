// The two methods on whose streams both sides keep talking, whatever carries the stream.
import type { ListenRequest } from '../listen/messages.ts';
import { Watch } from '../listen/watch.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import type { WriteRequest } from './write.ts';
import { createWriteStream } from './write.ts';

/** The emulator's side of one stream. */
export interface Conversation {
  handle(request: object): void;
  close(): void;
}

export interface Partner {
  readonly send: (response: object) => void;
  /**
   * What the partner may do; throws when that cannot be told. It is asked for each request and not for the stream,
   * for clients take a stream that does not open for a network that is down.
   */
  readonly access: () => Access;
}

export type ConversationName = 'Listen' | 'Write';

export const conversations: Readonly<
  Record<ConversationName, (service: Service, partner: Partner) => Conversation>
> = {
  Listen(service, { send, access }) {
    const watch = new Watch(service, send, access);
    return { handle: (request: ListenRequest) => watch.handle(request), close: () => watch.close() };
  },
  Write(service, { send, access }) {
    const answer = createWriteStream(service, access);
    return { handle: (request: WriteRequest) => send(answer(request)), close: () => undefined };
  },
};

// One WebChannel: a stream for browsers, which have no gRPC. What the client says comes in POST requests; what it
// is told goes out on a GET that is held open, the back channel. Messages to the client are numbered and kept
// until it has acknowledged them, so that a back channel may break or be exchanged at any time.
// https://github.com/google/closure-library/tree/master/closure/goog/labs/net/webchannel
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../shared/clock.ts';
import type { Json } from '../protocol/proto-json.ts';

/** The client takes a back channel that is silent for longer for dead. */
const KEEP_ALIVE_MS = 30_000;
/** So many keep-alives without a back channel, and the client is gone. */
const MAX_ABSENCES = 2;

interface BackChannel {
  readonly response: ServerResponse;
  /** Something between here and the client holds answers back until they are complete. */
  readonly isBuffered: boolean;
}

export class Channel {
  readonly id = randomUUID();
  /** How many messages of the client were taken. */
  received = 0;
  readonly #onClose: () => void;
  #unacknowledged: { readonly id: number; readonly message: Json }[] = [];
  #lastId = 0;
  #lastWritten = 0;
  #back: BackChannel | undefined;
  #absences = 0;
  #cancelKeepAlive: () => void = () => undefined;

  constructor(clock: Clock, onClose: () => void) {
    this.#onClose = onClose;
    const keepAlive = (): void => {
      this.#cancelKeepAlive = clock.after(KEEP_ALIVE_MS, keepAlive);
      this.#absences = this.#back ? 0 : this.#absences + 1;
      if (this.#back) this.send('noop');
      else if (this.#absences >= MAX_ABSENCES) this.close();
    };
    this.#cancelKeepAlive = clock.after(KEEP_ALIVE_MS, keepAlive);
  }

  /** The first answer to the client: the id of the channel, the version of the protocol, and how it is kept alive. */
  greeting(): string {
    return frame([[0, ['c', this.id, '', 8, 12, KEEP_ALIVE_MS]]]);
  }

  /** Whether there is a back channel, the last message on it, and how many characters are not acknowledged. */
  state(): string {
    return frame([this.#back ? 1 : 0, this.#lastWritten, JSON.stringify(this.#unacknowledged).length]);
  }

  send(message: Json): void {
    this.#unacknowledged.push({ id: ++this.#lastId, message });
    this.#flush();
  }

  /** The client has all messages up to `acknowledged`; the others go out again. */
  attach(response: ServerResponse, acknowledged: number, isBuffered: boolean): void {
    this.#back?.response.end();
    const back = { response, isBuffered };
    this.#back = back;
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' });
    response.flushHeaders();
    response.once('close', () => {
      if (this.#back === back) this.#back = undefined;
    });
    this.#unacknowledged = this.#unacknowledged.filter(({ id }) => id > acknowledged);
    this.#lastWritten = acknowledged;
    this.#flush();
  }

  close(): void {
    this.#cancelKeepAlive();
    this.#back?.response.end();
    this.#onClose();
  }

  /** Ends as if the network had. */
  cut(): void {
    this.#back?.response.destroy();
    this.close();
  }

  #flush(): void {
    const pending = this.#unacknowledged.filter(({ id }) => id > this.#lastWritten);
    if (!this.#back || pending.length === 0) return;
    const { response, isBuffered } = this.#back;
    response.write(frame(pending.map(({ id, message }) => [id, [message]])));
    this.#lastWritten = this.#lastId;
    if (!isBuffered) return;
    this.#back = undefined;
    response.end();
  }
}

function frame(json: Json): string {
  const text = JSON.stringify(json);
  return `${text.length}\n${text}`;
}

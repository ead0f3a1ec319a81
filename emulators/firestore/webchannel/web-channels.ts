// Listen and Write for browsers: the requests that make up WebChannels, each channel being one stream.
import type http from 'node:http';
import type { Clock } from '../../shared/clock.ts';
import type { Faults } from '../../shared/faults.ts';
import { Dropped, faultyCall } from '../../shared/faulty-call.ts';
import { readBody, send } from '../../shared/http.ts';
import { parseBody } from '../../shared/proto/rest-request.ts';
import { authorize } from '../authorize.ts';
import { isLoopbackOrigin } from '../cors.ts';
import { faultTarget } from '../fault-target.ts';
import { fromJson, toJson } from '../protocol/proto-json.ts';
import { checkRequestSize } from '../request-size.ts';
import { restError } from '../rest.ts';
import type { ConversationName } from '../rpc/conversations.ts';
import { conversations } from '../rpc/conversations.ts';
import type { Service } from '../service.ts';
import { toStatusError } from '../../shared/status.ts';
import { Channel } from './channel.ts';

const PATH = /^\/google\.firestore\.v1\.Firestore\/(Listen|Write)\/channel$/;

export interface WebChannelContext {
  readonly service: Service;
  readonly faults: Faults;
  readonly clock: Clock;
}

interface OpenChannel {
  readonly channel: Channel;
  /** Takes the requests of the client in their order. */
  readonly handle: (json: string) => void;
}

export class WebChannels {
  readonly #context: WebChannelContext;
  readonly #open = new Map<string, OpenChannel>();

  constructor(context: WebChannelContext) {
    this.#context = context;
  }

  /** Answers the request if it belongs to a channel; false if it is none of them. */
  accept(request: http.IncomingMessage, response: http.ServerResponse): boolean {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://loopback');
    const name = PATH.exec(pathname)?.[1] as ConversationName | undefined;
    if (!name) return false;
    // The token of the owner stands in the body, where a page of any site could put it.
    const { origin } = request.headers;
    if (origin !== undefined && !isLoopbackOrigin(origin)) {
      send(response, { status: 403, body: `Pages of ${origin} may not call: want one of this machine` });
    } else {
      void this.#answer(name, searchParams, request, response).catch((error: unknown) =>
        send(response, restError(error)),
      );
    }
    return true;
  }

  close(): void {
    for (const { channel } of this.#open.values()) channel.close();
  }

  async #answer(
    name: ConversationName,
    query: URLSearchParams,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const body = await readBody(request);
    checkRequestSize(body.length);
    const form = new URLSearchParams(body.toString());
    const known = this.#open.get(query.get('SID') ?? '');
    const opens = request.method === 'POST' && !query.has('SID');
    if (!opens && !known) return send(response, { status: 400, body: 'Unknown SID' });
    if (query.get('TYPE') === 'terminate') {
      known?.channel.close();
      return send(response, {});
    }
    if (request.method === 'GET') {
      known?.channel.attach(response, Number(query.get('AID')), query.get('CI') === '1');
      return;
    }
    const { channel, handle } = known ?? this.#openChannel(name, authorizationIn(form, request));
    const first = Number(form.get('ofs'));
    for (let i = 0; form.has(`req${i}___data__`); i++) {
      // A client that got no answer sends the same messages again.
      if (first + i < channel.received) continue;
      channel.received = first + i + 1;
      handle(form.get(`req${i}___data__`)!);
    }
    send(response, { body: known ? channel.state() : channel.greeting() });
  }

  #openChannel(name: ConversationName, authorization: string | undefined): OpenChannel {
    const { service, faults, clock } = this.#context;
    const channel = new Channel(clock, () => {
      conversation.close();
      this.#open.delete(channel.id);
    });
    const conversation = conversations[name](service, {
      send: (message) => channel.send(toJson(`${name}Response`, message)),
      access: () => authorize(service, authorization),
    });
    const run = async (json: string): Promise<void> => {
      const request = fromJson(`${name}Request`, parseBody(Buffer.from(json)));
      const call = { service: 'firestore', method: name, target: faultTarget(request) } as const;
      await faultyCall(faults, call, () => conversation.handle(request));
    };
    let last = Promise.resolve();
    let hasFailed = false;
    const fail = (error: unknown): void => {
      hasFailed = true;
      conversation.close();
      if (error instanceof Dropped) return channel.cut();
      const { httpStatus, message, status } = toStatusError(error);
      channel.send({ error: { code: httpStatus, message, status } });
    };
    const handle = (json: string): void => {
      last = last.then(() => (hasFailed ? undefined : run(json))).catch(fail);
    };
    this.#open.set(channel.id, { channel, handle });
    return { channel, handle };
  }
}

/** Browsers put headers into the body of the first request, which spares them a preflight. */
function authorizationIn(form: URLSearchParams, { headers }: http.IncomingMessage): string | undefined {
  const inBody = /^authorization: *(.*)$/im.exec(form.get('headers') ?? '')?.[1];
  return inBody?.trim() ?? headers.authorization;
}

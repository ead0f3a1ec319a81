// What the adapters of an instance send over the network: each request is a call that may fail in ways of its own.
import { createCaller, type Caller } from './calls.ts';
import type { Instance } from './instance.ts';
import type { Services } from './platform.ts';
import { isRefusedWithItsRequest } from './world/bigquery.ts';
import type { Send, WireRequest } from './world/call.ts';
import { toAnswer } from './world/wire.ts';
import type { InsertRow } from '../../functions/steps/to-insert-row.ts';

const TRANSIENT_GRPC = new Set([4, 10, 13, 14]);

export function createSend(
  instance: Instance,
  services: Services,
  caller: Caller = createCaller(instance, services),
): Send {
  const { faults, invariants } = services;
  let sent = 0;
  return <Item>(request: WireRequest<Item>) => {
    const { service, operation, items } = request;
    if (items.length > 0 && items.length === faults.batchLimits.maxItems) faults.struck.add('smallBatches');
    if (operation === 'insertAll') noteRows(items as readonly InsertRow[], invariants.situations);
    return caller({
      service,
      operation: items.length > 1 ? `${operation} of ${items.length}` : operation,
      by: `${instance.name}, request ${++sent}`,
      perform: () => request.perform(),
      fail(trouble) {
        const { networkCode, grpcCode } = trouble;
        request.failed(networkCode === undefined && !TRANSIENT_GRPC.has(grpcCode ?? -1));
        return toAnswer({ ...trouble, operation });
      },
      wire: {
        performPart() {
          const rest = faults.either() ? 1 : 0;
          request.performSome(items.filter((_, index) => index % 2 === rest));
        },
        garble(answer) {
          request.failed(true);
          const body = faults.oneOf(request.unreadable(answer));
          return { status: 200, body, retryAfterSeconds: undefined };
        },
        timeOut() {
          request.failed(false);
          return toAnswer({ service, operation, networkCode: 'ETIMEDOUT' });
        },
      },
    });
  };
}

function noteRows(rows: readonly InsertRow[], situations: Services['invariants']['situations']): void {
  const sessions = new Set(rows.map(({ json }) => json['session_id']));
  if (sessions.size > 1) situations.add('rows of two documents in one request');
  if (sessions.size < rows.length) situations.add('two rows of one document in one request');
  if (rows.some(isRefusedWithItsRequest) && !rows.every(isRefusedWithItsRequest)) {
    situations.add('a poison row among good ones in one request');
  }
}

// The Listen method on its gRPC stream.
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Service } from '../service.ts';
import type { ListenRequest, ListenResponse } from './messages.ts';
import { Watch } from './watch.ts';

export function listen(
  service: Service,
  call: ServerDuplexStream<ListenRequest, ListenResponse>,
  fail: (error: unknown) => void,
): void {
  const watch = new Watch(service, (response) => call.write(response));
  const close = (): void => watch.close();
  call.on('data', (request: ListenRequest) => {
    try {
      watch.handle(request);
    } catch (error) {
      close();
      fail(error);
    }
  });
  // Clients unsubscribe by closing their half of the stream.
  call.on('end', () => {
    close();
    call.end();
  });
  call.on('cancelled', close);
  call.on('error', close);
}

// What every API method works with.
import type { Clock } from '../shared/clock.ts';
import type { HttpReply, HttpRequest } from '../shared/http.ts';
import type { Catalog } from './catalog.ts';
import type { Jobs } from './jobs.ts';
import type { Storage } from './storage.ts';
import type { StreamingBuffer } from './streaming-buffer.ts';
import type { Uploads } from './uploads.ts';

export interface Context {
  readonly catalog: Catalog;
  readonly storage: Storage;
  readonly streaming: StreamingBuffer;
  readonly jobs: Jobs;
  readonly uploads: Uploads;
  readonly clock: Clock;
  /** Where the server listens, for links. */
  readonly origin: () => string;
}

export interface Method {
  /** The method's name in short form, as faults name it: `insertAll`, `tables.get`. */
  readonly name: string;
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From `/projects` on. */
  readonly path: string;
  readonly handle: (context: Context, request: HttpRequest) => HttpReply | Promise<HttpReply>;
}

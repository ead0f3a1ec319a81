// Sessions: temporary tables, variables and functions that outlive a query, until the session is aborted or
// the emulator is cleared.
import { randomUUID } from 'node:crypto';
import type { Catalog } from '../catalog.ts';
import { ApiError } from '../errors.ts';
import type { Environment } from './environment.ts';

type Kept = Pick<Environment, 'temporary' | 'variables' | 'functions' | 'system'>;

export interface Session extends Kept {
  readonly id: string;
  aborted: boolean;
}

/** What a query asks for: a new session, or one that there is. */
export type SessionRequest = 'new' | { readonly id: string };

const SESSIONS = new WeakMap<Catalog, Map<string, Session>>();

export function openSession(catalog: Catalog, request: SessionRequest): Session {
  const sessions = SESSIONS.get(catalog) ?? new Map<string, Session>();
  SESSIONS.set(catalog, sessions);
  if (request !== 'new') {
    const found = sessions.get(request.id);
    if (!found || found.aborted) throw new ApiError(404, 'notFound', `Not found: Session ${request.id}`);
    return found;
  }
  const session: Session = {
    id: Buffer.from(randomUUID()).toString('base64url'),
    temporary: new Map(),
    variables: new Map(),
    functions: new Map(),
    system: new Map(),
    aborted: false,
  };
  sessions.set(session.id, session);
  return session;
}

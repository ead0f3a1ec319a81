// Who calls, by the Authorization header: the owner, whom no rules concern, a user with a token, or somebody unknown.
// As in the official emulator tokens are not verified: whoever can reach it may call himself what he likes.
import { z } from 'zod';
import { StatusError } from '../../shared/status.ts';
import { fromClaim } from './convert.ts';
import type { RulesValue } from './value.ts';

export type Caller =
  | { readonly kind: 'owner' }
  /** `request.auth`; null without a token. */
  | { readonly kind: 'client'; readonly auth: RulesValue };

const OWNER: Caller = { kind: 'owner' };
const NOBODY: Caller = { kind: 'client', auth: null };

/** `sub` is the id of the user. Firebase's tokens repeat it as `user_id`; the official emulator looks at `sub`. */
const claimsSchema = z.looseObject({ sub: z.string().min(1) });

/** Throws PERMISSION_DENIED when the header is neither the owner's nor a token of Firebase Authentication. */
export function parseCaller(authorization: string | undefined): Caller {
  if (!authorization) return NOBODY;
  if (authorization.toLowerCase() === 'bearer owner') return OWNER;
  const payload = /^bearer +[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization)?.[1];
  const claims = claimsSchema.safeParse(payload === undefined ? undefined : decode(payload));
  if (!claims.success) {
    throw new StatusError(
      'PERMISSION_DENIED',
      'The authorization is no token of Firebase Authentication: want "Bearer owner", or "Bearer " and a JWT ' +
        'whose "sub" is the id of a user',
    );
  }
  const token = fromClaim(claims.data);
  return {
    kind: 'client',
    auth: new Map<string, RulesValue>([
      ['uid', claims.data.sub],
      ['token', token],
    ]),
  };
}

function decode(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    return undefined;
  }
}

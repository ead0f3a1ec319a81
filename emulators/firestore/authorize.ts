// Who may call. Security rules are not evaluated, so whoever is not the owner is refused rather than let in.
import { StatusError } from '../shared/status.ts';

export function authorize(authorization: string | undefined): void {
  if (authorization?.toLowerCase() === 'bearer owner') return;
  throw new StatusError(
    'PERMISSION_DENIED',
    'Security rules are not evaluated by this emulator: send "authorization: Bearer owner", as the server ' +
      'client libraries do when FIRESTORE_EMULATOR_HOST is set.',
  );
}

// What doctor says of one thing: how it is, and what to do about it.
import { ApiError, SetUpError } from '../../provision/part.ts';

/** `unknown`: nobody could look. Only an error fails the whole. */
export type State = 'ok' | 'warning' | 'error' | 'unknown';

export interface Finding {
  /** Heading that it stands below: `Secret`. */
  readonly area: string;
  readonly state: State;
  readonly what: string;
  /** A command, or a sentence; every finding but `ok` has one. */
  readonly remedy?: string;
}

export type Say = (state: State, what: string, remedy?: string) => Finding;

export interface Check {
  readonly area: string;
  /** The least role that may look: told when Google says 403. */
  readonly role?: string;
  look(say: Say): Promise<readonly Finding[]>;
}

/** A check that Google does not answer says so, and the others go on. */
export async function run(check: Check): Promise<readonly Finding[]> {
  const { area, role } = check;
  const say: Say = (state, what, remedy) => ({
    area,
    state,
    what,
    ...(remedy === undefined ? {} : { remedy }),
  });
  try {
    return await check.look(say);
  } catch (error) {
    if (error instanceof SetUpError) return [say('error', error.problem, error.remedy)];
    if (!(error instanceof ApiError)) throw error;
    const remedy =
      error.status === 403
        ? `ask for ${role ?? 'a role that may look'}, or enable the API, and try again`
        : 'try again';
    return [say('unknown', error.message, remedy)];
  }
}

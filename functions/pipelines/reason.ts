// Why something did not go through, as it may stand in failures, statuses, log lines and errors: what the code itself
// says, and never a value that was found. The compiler takes no other text for one.

declare const safe: unique symbol;

export type Reason = string & { readonly [safe]: true };

/** Words of the code, and numbers and other reasons between them. */
export function reason(words: TemplateStringsArray, ...parts: readonly (Reason | number)[]): Reason {
  return vouched(String.raw({ raw: words }, ...parts));
}

/**
 * A text that whoever calls vouches for: a name that is declared, a code of a closed list, a reason as we stored it.
 * Each call is a place to look at in a review.
 */
export function vouched(text: string): Reason {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand exists for the compiler alone
  return text as Reason;
}

/** An error whose message is ours, so that the platform may log it whole. */
export class SafeError extends Error {
  constructor(message: Reason) {
    super(message);
    this.name = 'SafeError';
  }
}

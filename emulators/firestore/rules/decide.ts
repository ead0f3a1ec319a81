// One question to the rules: may this be done? Whatever is not allowed by a statement is denied.
import { asBoolean, Evaluation } from './evaluate.ts';
import type { Surroundings } from './evaluate.ts';
import { applicable } from './match.ts';
import type { Target } from './match.ts';
import type { Method, Ruleset } from './syntax.ts';
import { RuleError, Unknown } from './value.ts';

export interface Verdict {
  readonly isAllowed: boolean;
  /** Why not, in words that hold no value of a document. */
  readonly reason: string;
}

export function decide(
  ruleset: Ruleset,
  method: Method,
  target: Target,
  surroundings: Surroundings,
): Verdict {
  const evaluation = new Evaluation(surroundings);
  const reasons: string[] = [];
  for (const { allow, scope } of applicable(ruleset, method, target)) {
    const where = `'${method}' @ L${allow.position.line}`;
    try {
      const outcome = allow.condition ? evaluation.evaluate(allow.condition, scope) : true;
      if (outcome instanceof Unknown) reasons.push(`the query does not promise what ${where} asks for`);
      else if (asBoolean(outcome)) return { isAllowed: true, reason: '' };
      else reasons.push(`false for ${where}`);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      reasons.push(`evaluation error for ${where}: ${error.message}`);
    }
  }
  return { isAllowed: false, reason: reasons.join(', ') || 'No matching allow statements' };
}

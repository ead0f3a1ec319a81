// Gives every declared param its value in the environment, where firebase-functions reads it at run time. In the
// cloud the deploy has done this; without it a param would be empty rather than at its default.
import { resolveValue } from './resolve-value.ts';
import { StartError } from './start-error.ts';

interface DeclaredParam {
  readonly name: string;
  readonly options?: { readonly default?: unknown };
  toSpec?(): { readonly type?: string };
}

/** firebase-functions keeps its list here, whichever of its builds (ESM or CommonJS) the module has loaded. */
const DECLARED = Symbol.for('firebase-functions:params:declaredParams');

/** Throws one error that names every param with neither a value nor a default. Secrets are not params here. */
export function applyParamDefaults(env: Record<string, string | undefined>): void {
  const declared = ((globalThis as Record<symbol, unknown>)[DECLARED] ?? []) as DeclaredParam[];
  const missing: string[] = [];
  for (const param of declared) {
    if (param.toSpec?.().type === 'secret' || env[param.name] !== undefined) continue;
    const fallback = param.options?.default;
    if (fallback === undefined) missing.push(param.name);
    else env[param.name] = toText(resolveValue(fallback, env));
  }
  if (missing.length > 0) {
    throw new StartError(
      `Cannot start: no value and no default for param ${missing.join(', ')}; set it in functions/.env.local`,
    );
  }
}

function toText(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

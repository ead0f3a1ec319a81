// Values in function options may be literals, params (`defineInt(…)`), expressions of them, "reset to default"
// marks, or the `{{ params.X }}` text that a deploy writes. This gives the value that a deploy would arrive at.

const EXPRESSION = Symbol.for('firebase-functions:Expression:Tag');
const RESET = Symbol.for('firebase-functions:ResetValue:Tag');
const PARAM = /\{\{\s*params\.(\w+)\s*\}\}/g;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined for what is absent or reset. Params are read from the environment, as in the cloud. */
export function resolveValue(value: unknown, env: Environment): unknown {
  if (typeof value === 'string') return value.replace(PARAM, (_, name: string) => env[name] ?? '');
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  if (RESET in value) return undefined;
  if (EXPRESSION in value && 'value' in value && typeof value.value === 'function') {
    return (value.value as () => unknown).call(value);
  }
  if (Array.isArray(value)) return value.map((item) => resolveValue(item, env));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolveValue(inner, env)]));
}

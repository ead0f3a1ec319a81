// `PARTITION BY …` as the partitioning of the REST resource. Partitions are metadata here: they change
// no result, only what clients read back.
import { isWord, lex } from '../sql/lex.ts';

export function partitioningOf(
  expression: string | undefined,
  expirationDays: string | undefined,
): Readonly<Record<string, unknown>> {
  if (expression === undefined) return {};
  const tokens = lex(expression);
  const words = tokens.filter((token) => token.kind === 'word' || token.kind === 'quoted');
  if (isWord(tokens[0], 'RANGE_BUCKET')) {
    const numbers = tokens.filter((token) => token.kind === 'number').map((token) => token.text);
    const [start, end, interval] = numbers;
    return {
      rangePartitioning: { field: words[1]?.value, range: { start, end, interval: interval ?? '1' } },
    };
  }
  // What is called is a function; the column comes first, the unit after it.
  const names = tokens.filter(
    (token, i) => (token.kind === 'word' || token.kind === 'quoted') && tokens[i + 1]?.text !== '(',
  );
  const part = names[1]?.value.toUpperCase() ?? '';
  const type = ['HOUR', 'DAY', 'MONTH', 'YEAR'].includes(part) ? part : 'DAY';
  const field = names[0]?.value;
  const ingestion = field === undefined || /^_PARTITION(TIME|DATE)$/i.test(field);
  return {
    timePartitioning: {
      type,
      ...(ingestion ? {} : { field }),
      ...(expirationDays === undefined ? {} : { expirationMs: String(Number(expirationDays) * 86_400_000) }),
    },
  };
}

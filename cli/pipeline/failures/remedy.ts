// What to do about a reason: the first line of the table that fits.

const PROVISION = 'run "npm run pipeline -- provision"';

const REMEDIES: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [/no such field (\w+)/, ([, column]) => `column "${column}" is missing: ${PROVISION}, then replay`],
  [/no such field/, () => `a column is missing: ${PROVISION}, then replay`],
  [/http 404|notFound/, () => `table or dataset is missing: ${PROVISION}; it replays by itself`],
  [
    /http 40[13]|accessDenied/,
    () => 'give the functions the role BigQuery Data Editor; it replays by itself',
  ],
  [
    /rowTooLarge|tooLarge|http 413/,
    () => 'the row is over a limit of BigQuery (10 MB): shorten the document',
  ],
  [
    /^document invalid: (.*)$/,
    () => 'mend what the app writes, or the schema in functions/pipelines, then replay',
  ],
  [
    /invalid \((\w+)\)/,
    ([, column]) => `column "${column}" is of another type in the table: compare, then replay`,
  ],
  [/^person erased/, () => 'nothing: the person asked to be forgotten, and the record goes with the rows'],
  [/^source deleted/, () => 'nothing: the document is gone'],
  [/^source not completed/, () => 'nothing: the document was opened again'],
  [/^pipeline unknown/, () => 'deploy the pipeline under this name again, then replay'],
  [
    /http 5\d\d|http 429|Exceeded|backendError|internalError|^bigquery .*E[A-Z]+/,
    () => 'nothing: it replays by itself',
  ],
];

export function remedyFor(reason: string): string {
  for (const [pattern, say] of REMEDIES) {
    const found = pattern.exec(reason);
    if (found) return say(found);
  }
  return 'see the reason; "failures replay --dry-run" says whether it would succeed now';
}

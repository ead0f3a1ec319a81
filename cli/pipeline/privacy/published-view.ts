// The view that may be shown to more people: no pseudonyms, no ids, no exact times, and no group of fewer than k
// persons who share what could tell them apart. Written to bigquery-schemas/views/ by `privacy record`.
import type { Pipeline, Reidentification } from '../../../functions/pipelines/pipeline.ts';
import { quasiIdentifiersOf } from './quasi-identifiers.ts';

export function publishedView(pipeline: Pipeline, reidentification: Reidentification): string {
  const { name, table } = pipeline;
  const { k, published } = reidentification;
  const quasi = quasiIdentifiersOf(pipeline);
  const person = personColumn(pipeline);
  const shared = quasi.map(({ column }) => column);
  const cells = [
    ...quasi.map(({ column, sql }) => (sql === column ? column : `${sql} AS ${column}`)),
    ...published,
  ];
  return [
    `-- Made by "npm run pipeline -- privacy record" from functions/pipelines/${name}.ts; a change here is undone there.`,
    `-- Rows without pseudonyms, ids and exact times, and only where ${k} persons or more share ${shared.join(', ')}.`,
    `SELECT ${[...shared, ...published].join(', ')}`,
    'FROM (',
    `  SELECT ${person},`,
    ...cells.map((cell, i) => `    ${cell}${i === cells.length - 1 ? '' : ','}`),
    `  FROM \`\${dataset}.${table}_latest\``,
    ')',
    'WHERE TRUE',
    `QUALIFY COUNT(DISTINCT ${person}) OVER (PARTITION BY ${shared.join(', ')}) >= ${k}`,
    '',
  ].join('\n');
}

/** The column that tells persons apart. Throws when the pipeline tells BigQuery of none. */
export function personColumn({ name, params, subject }: Pipeline): string {
  const policy = params[subject ?? ''];
  if (!policy || policy.action === 'drop') {
    throw new Error(`Cannot count persons of pipeline "${name}": its subject is dropped`);
  }
  return policy.column;
}

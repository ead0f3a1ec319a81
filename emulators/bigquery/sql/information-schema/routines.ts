// ROUTINES and PARAMETERS: functions and procedures.
import type { Dataset, Routine } from '../../catalog.ts';
import { timestamp } from './view.ts';
import type { Value, View } from './view.ts';

const routinesOf = (datasets: readonly Dataset[]) =>
  datasets.flatMap((dataset) => [...dataset.routines.values()].map((routine) => ({ dataset, routine })));

const SPECIFIC = { specific_catalog: 'VARCHAR', specific_schema: 'VARCHAR', specific_name: 'VARCHAR' };
const specific = ({ projectId, datasetId }: Dataset, { name }: Routine): Value[] => [
  projectId,
  datasetId,
  name,
];

function routineDdl(
  { projectId, datasetId }: Dataset,
  { name, kind, parameters, returns, body }: Routine,
): string {
  const list = parameters.map((one) => `${one.mode ? `${one.mode} ` : ''}${one.name} ${one.type}`).join(', ');
  const head = `\`${projectId}.${datasetId}.${name}\`(${list})`;
  if (kind === 'PROCEDURE') return `CREATE PROCEDURE ${head}\n${body};`;
  return `CREATE FUNCTION ${head}${returns === undefined ? '' : ` RETURNS ${returns}`}\nAS (${body});`;
}

export const ROUTINES: View = {
  columns: {
    ...SPECIFIC,
    routine_catalog: 'VARCHAR',
    routine_schema: 'VARCHAR',
    routine_name: 'VARCHAR',
    routine_type: 'VARCHAR',
    data_type: 'VARCHAR',
    routine_body: 'VARCHAR',
    routine_definition: 'VARCHAR',
    external_language: 'VARCHAR',
    is_deterministic: 'VARCHAR',
    security_type: 'VARCHAR',
    created: 'TIMESTAMPTZ',
    last_altered: 'TIMESTAMPTZ',
    ddl: 'VARCHAR',
  },
  rows: (datasets) =>
    routinesOf(datasets).map(({ dataset, routine }) => [
      ...specific(dataset, routine),
      ...specific(dataset, routine),
      routine.kind === 'PROCEDURE' ? 'PROCEDURE' : 'FUNCTION',
      routine.returns ?? null,
      'SQL',
      routine.body,
      null,
      null,
      null,
      timestamp(routine.createdMs),
      timestamp(routine.createdMs),
      routineDdl(dataset, routine),
    ]),
};

export const PARAMETERS: View = {
  columns: {
    ...SPECIFIC,
    ordinal_position: 'BIGINT',
    parameter_mode: 'VARCHAR',
    is_result: 'VARCHAR',
    parameter_name: 'VARCHAR',
    data_type: 'VARCHAR',
    parameter_default: 'VARCHAR',
    is_aggregate: 'VARCHAR',
  },
  rows: (datasets) =>
    routinesOf(datasets).flatMap(({ dataset, routine }) => [
      ...(routine.returns === undefined
        ? []
        : [[...specific(dataset, routine), 0, null, 'YES', null, routine.returns, null, null]]),
      ...routine.parameters.map(({ name, type, mode }, i) => [
        ...specific(dataset, routine),
        i + 1,
        mode ?? null,
        'NO',
        name,
        type,
        null,
        null,
      ]),
    ]),
};

// Functions and procedures as the REST API shows them, and as it takes them.
import { etagOf } from './catalog.ts';
import type { Dataset, Metadata, Routine, RoutineParameter } from './catalog.ts';
import { invalid, notImplemented } from './errors.ts';
import { isRecord, recordOf, textOf } from './request.ts';
import type { Body } from './request.ts';
import { fieldType, standardName } from './schema.ts';
import { standardDataType } from './sql/ddl/standard-data-type.ts';

/** What a list shows. */
export function routineSummary({ projectId, datasetId }: Dataset, routine: Routine): Body {
  const { name, createdMs } = routine;
  return {
    etag: routineEtag({ projectId, datasetId }, routine),
    routineReference: { projectId, datasetId, routineId: name },
    routineType: routine.kind ?? 'SCALAR_FUNCTION',
    language: 'SQL',
    creationTime: String(createdMs),
    lastModifiedTime: String(routine.modifiedMs ?? createdMs),
  };
}

export function routineEtag(
  { projectId, datasetId }: Pick<Dataset, 'projectId' | 'datasetId'>,
  { name, createdMs, version }: Routine,
): string {
  return etagOf(`${projectId}:${datasetId}.${name}`, createdMs + (version ?? 0));
}

export function routineResource(dataset: Dataset, routine: Routine): Body {
  const { parameters, returns, body, metadata } = routine;
  return {
    ...metadata,
    ...routineSummary(dataset, routine),
    ...(parameters.length > 0 ? { arguments: parameters.map(argumentOf) } : {}),
    ...(returns === undefined ? {} : { returnType: standardDataType(returns) }),
    definitionBody: body,
  };
}

const argumentOf = ({ name, type, mode }: RoutineParameter): Body => ({
  name,
  ...(mode ? { mode } : {}),
  ...(/^ANY\b/i.test(type) ? { argumentKind: 'ANY_TYPE' } : { dataType: standardDataType(type) }),
});

const KINDS = ['PROCEDURE', 'TABLE_VALUED_FUNCTION'] as const;
const MODES = ['IN', 'OUT', 'INOUT'] as const;

/** A routine as a client describes it; throws ApiError for what is wrong or not served. */
export function routineOf(name: string, body: Body, nowMs: number, before?: Routine): Routine {
  const language = textOf(body['language']) ?? 'SQL';
  if (language !== 'SQL') throw notImplemented(`Routine in ${language}`);
  const routineType = textOf(body['routineType']) ?? 'SCALAR_FUNCTION';
  const kind = KINDS.find((one) => one === routineType);
  if (!kind && routineType !== 'SCALAR_FUNCTION') throw notImplemented(`Routine of type ${routineType}`);
  const text = textOf(body['definitionBody']);
  if (text === undefined || text === '') throw invalid('Required parameter is missing: definitionBody');
  const given = Array.isArray(body['arguments']) ? body['arguments'] : [];
  return {
    name,
    ...(kind ? { kind } : {}),
    parameters: given.map(parameterOf),
    returns: isRecord(body['returnType']) ? typeText(body['returnType']) : undefined,
    body: text,
    metadata: keptOf(body),
    createdMs: before?.createdMs ?? nowMs,
    modifiedMs: nowMs,
    version: (before?.version ?? 0) + 1,
  };
}

const KEPT = ['description', 'determinismLevel', 'dataGovernanceType', 'returnTableType', 'strictMode'];

const keptOf = (body: Body): Metadata =>
  Object.fromEntries(Object.entries(body).filter(([key, value]) => KEPT.includes(key) && value !== null));

function parameterOf(raw: unknown): RoutineParameter {
  const { name, argumentKind, dataType, mode } = recordOf(raw);
  const known = MODES.find((one) => one === mode);
  return {
    name: textOf(name) ?? '',
    type: argumentKind === 'ANY_TYPE' ? 'ANY TYPE' : typeText(dataType),
    ...(known ? { mode: known } : {}),
  };
}

/** A `StandardSqlDataType` as GoogleSQL writes it. */
function typeText(raw: unknown): string {
  const { typeKind, arrayElementType, structType } = recordOf(raw);
  if (typeKind === 'ARRAY') return `ARRAY<${typeText(arrayElementType)}>`;
  if (typeKind !== 'STRUCT') return standardName(fieldType(textOf(typeKind) ?? ''));
  const { fields } = recordOf(structType);
  const parts = (Array.isArray(fields) ? fields : []).map((field) => {
    const { name, type } = recordOf(field);
    return `${typeof name === 'string' ? `\`${name}\` ` : ''}${typeText(type)}`;
  });
  return `STRUCT<${parts.join(', ')}>`;
}

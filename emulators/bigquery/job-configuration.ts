// The configuration of a job as jobs.get shows it: with the defaults that were applied, and every number in
// the form that the API defines for it. Clients of typed languages refuse any other.
import type { TableRef } from './catalog.ts';
import type { JobKind } from './job-statistics.ts';
import { isRecord, numberOf, recordOf } from './request.ts';
import type { Body } from './request.ts';

const NUMBERS = ['skipLeadingRows', 'maxBadRecords', 'maximumBillingTier'];
const TEXTS = ['maximumBytesBilled', 'jobTimeoutMs'];

/** `destination` is where the rows of a query went. */
export function shownConfiguration(
  configuration: Body,
  kind: JobKind,
  destination: TableRef | undefined,
): Body {
  const given = wireForm(recordOf(configuration[kind]));
  return {
    ...wireForm(configuration),
    jobType: kind.toUpperCase(),
    [kind]: kind === 'query' ? shownQuery(given, destination) : given,
  };
}

function shownQuery(given: Body, destination: TableRef | undefined): Body {
  const { queryParameters, writeDisposition } = given;
  return {
    priority: 'INTERACTIVE',
    useLegacySql: false,
    ...given,
    ...(Array.isArray(queryParameters) ? { queryParameters: queryParameters.map(shownParameter) } : {}),
    ...(destination
      ? { destinationTable: destination, writeDisposition: writeDisposition ?? 'WRITE_TRUNCATE' }
      : {}),
  };
}

function wireForm(config: Body): Body {
  const shown: Record<string, unknown> = { ...config };
  for (const key of NUMBERS) if (shown[key] !== undefined) shown[key] = numberOf(shown[key]);
  for (const key of TEXTS) if (shown[key] !== undefined) shown[key] = String(numberOf(shown[key]));
  return shown;
}

/** A parameter that is NULL is shown without a value. */
function shownParameter(parameter: unknown): Body {
  const { parameterValue, ...rest } = recordOf(parameter);
  const value = shownValue(parameterValue);
  return value ? { ...rest, parameterValue: value } : rest;
}

function shownValue(raw: unknown): Body | undefined {
  const { value, arrayValues, structValues, ...rest } = recordOf(raw);
  if (Array.isArray(arrayValues))
    return { ...rest, arrayValues: arrayValues.map((item) => shownValue(item) ?? {}) };
  if (isRecord(structValues))
    return {
      ...rest,
      structValues: Object.fromEntries(
        Object.entries(structValues).flatMap(([name, item]) => {
          const shown = shownValue(item);
          return shown ? [[name, shown]] : [];
        }),
      ),
    };
  if (value === undefined || value === null) return Object.keys(rest).length > 0 ? rest : undefined;
  return { ...rest, value: typeof value === 'string' ? value : JSON.stringify(value) };
}

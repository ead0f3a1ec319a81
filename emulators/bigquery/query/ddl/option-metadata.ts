// OPTIONS of DDL as the fields of the REST resource.
import type { Metadata } from '../../catalog.ts';
import type { Session } from '../../engine.ts';
import { isWord, lex } from '../../sql/lex.ts';
import { labelsOption, stringOption } from '../../sql/ddl/options.ts';
import type { Options } from '../../sql/ddl/types.ts';
import { translateStatement } from '../environment.ts';
import type { Environment } from '../environment.ts';

const DAY_MS = 86_400_000;

/** An option set to NULL is taken away: its value is null. */
export function optionMetadata(options: Options): Metadata {
  const metadata: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(options)) {
    const found = FIELDS[name];
    if (!found) continue;
    const [field, read] = found;
    metadata[field] = isNull(text) ? null : read(text);
  }
  return metadata;
}

const isNull = (text: string) => isWord(lex(text)[0], 'NULL');
const days = (text: string) => String(Math.round(Number(text) * DAY_MS));

/** Option → field of the resource, and how its literal is read. */
const FIELDS: Readonly<Record<string, readonly [string, (text: string) => unknown]>> = {
  description: ['description', stringOption],
  friendly_name: ['friendlyName', stringOption],
  labels: ['labels', labelsOption],
  location: ['location', (text) => stringOption(text).toUpperCase()],
  require_partition_filter: ['requirePartitionFilter', (text) => /true/i.test(text)],
  default_table_expiration_days: ['defaultTableExpirationMs', days],
  default_partition_expiration_days: ['defaultPartitionExpirationMs', days],
  max_time_travel_hours: ['maxTimeTravelHours', (text) => text],
  storage_billing_model: ['storageBillingModel', stringOption],
  default_rounding_mode: ['defaultRoundingMode', stringOption],
  is_case_insensitive: ['isCaseInsensitive', (text) => /true/i.test(text)],
  kms_key_name: ['encryptionConfiguration', (text) => ({ kmsKeyName: stringOption(text) })],
};

/** `expiration_timestamp` is an expression: it is computed. */
export async function expirationOf(
  session: Session,
  environment: Environment,
  options: Options,
): Promise<Metadata> {
  const text = options['expiration_timestamp'];
  if (text === undefined) return {};
  const { sql } = await translateStatement(
    environment,
    `SELECT UNIX_MILLIS(CAST((${text}) AS TIMESTAMP)) AS v`,
  );
  const [row] = (await session.run(sql)).rows;
  const value = row?.[0] ?? null;
  return { expirationTime: value === null ? null : String(value) };
}

/** Metadata with changes laid over it; what is null is taken away. */
export function withOptions(metadata: Metadata, changes: Metadata): Metadata {
  return Object.fromEntries(
    Object.entries({ ...metadata, ...changes }).filter(([, value]) => value !== null),
  );
}

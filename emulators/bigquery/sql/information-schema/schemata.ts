// SCHEMATA and SCHEMATA_OPTIONS.
import { isRecord, textOf } from '../../request.ts';
import { LOCATION } from '../../resources.ts';
import { timestamp } from './view.ts';
import type { View } from './view.ts';

export const SCHEMATA: View = {
  columns: {
    catalog_name: 'VARCHAR',
    schema_name: 'VARCHAR',
    schema_owner: 'VARCHAR',
    creation_time: 'TIMESTAMPTZ',
    last_modified_time: 'TIMESTAMPTZ',
    location: 'VARCHAR',
    ddl: 'VARCHAR',
    default_collation_name: 'VARCHAR',
  },
  rows: (datasets) =>
    datasets.map((d) => [
      d.projectId,
      d.datasetId,
      null,
      timestamp(d.createdMs),
      timestamp(d.modifiedMs),
      textOf(d.metadata['location']) ?? LOCATION,
      `CREATE SCHEMA \`${d.projectId}.${d.datasetId}\`;`,
      'NULL',
    ]),
};

const SCHEMA = { catalog_name: 'VARCHAR', schema_name: 'VARCHAR' };

export const SCHEMATA_OPTIONS: View = {
  columns: { ...SCHEMA, option_name: 'VARCHAR', option_type: 'VARCHAR', option_value: 'VARCHAR' },
  rows: (datasets) =>
    datasets.flatMap(({ projectId, datasetId, metadata }) => {
      const text = (value: unknown) => JSON.stringify(String(value));
      const days = Number(metadata['defaultTableExpirationMs']) / 86_400_000;
      const labels = isRecord(metadata['labels']) ? Object.entries(metadata['labels']) : [];
      const options: (readonly [string, string, string | undefined])[] = [
        ['default_table_expiration_days', 'FLOAT64', Number.isNaN(days) ? undefined : String(days)],
        ['description', 'STRING', textOf(metadata['description']) && text(metadata['description'])],
        ['friendly_name', 'STRING', textOf(metadata['friendlyName']) && text(metadata['friendlyName'])],
        [
          'labels',
          'ARRAY<STRUCT<STRING, STRING>>',
          labels.length > 0
            ? `[${labels.map(([k, v]) => `STRUCT(${text(k)}, ${text(v)})`).join(', ')}]`
            : undefined,
        ],
        ['location', 'STRING', text(textOf(metadata['location']) ?? LOCATION)],
      ];
      return options.flatMap(([name, type, value]) =>
        value === undefined ? [] : [[projectId, datasetId, name, type, value]],
      );
    }),
};

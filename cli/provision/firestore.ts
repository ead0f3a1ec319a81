// Firestore's indexes and TTL policies as a part of the set-up: firestore.indexes.json says what is wanted, the Admin
// API what is there. Indexes that the file does not name are other people's, and stay.
// https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.collectionGroups.fields
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Api } from './api.ts';
import { definePart, type AnyPart, type Change, type Step } from './part.ts';

const INDEXES_FILE = path.join(import.meta.dirname, '..', '..', 'firestore.indexes.json');

const indexFieldSchema = z.object({
  fieldPath: z.string(),
  order: z.enum(['ASCENDING', 'DESCENDING']).exactOptional(),
  arrayConfig: z.literal('CONTAINS').exactOptional(),
});
const scope = z.enum(['COLLECTION', 'COLLECTION_GROUP', 'COLLECTION_RECURSIVE']);
const fileSchema = z.strictObject({
  indexes: z.array(
    z.strictObject({
      collectionGroup: z.string(),
      queryScope: scope,
      fields: z.array(indexFieldSchema.strict()),
    }),
  ),
  fieldOverrides: z.array(
    z.strictObject({
      collectionGroup: z.string(),
      fieldPath: z.string(),
      ttl: z.boolean().default(false),
      indexes: z.array(indexFieldSchema.omit({ fieldPath: true }).extend({ queryScope: scope }).strict()),
    }),
  ),
});

type IndexField = z.output<typeof indexFieldSchema>;

export interface Index {
  readonly queryScope: string;
  readonly fields: readonly IndexField[];
}

export interface WantedField {
  readonly collectionGroup: string;
  readonly fieldPath: string;
  readonly ttl: boolean;
  readonly indexes: readonly Index[];
}

export interface WantedFirestore {
  readonly indexes: readonly (Index & { readonly collectionGroup: string })[];
  readonly fields: readonly WantedField[];
}

export interface FoundField {
  /** `CREATING`, `ACTIVE`, `NEEDS_REPAIR`; undefined without a policy. */
  readonly ttlState: string | undefined;
  /** No setting of its own: it has the indexes that every field has. */
  readonly isDefault: boolean;
  readonly indexes: readonly (Index & { readonly state: string })[];
}

export interface FoundFirestore {
  /** Composite indexes by collection group. */
  readonly indexes: ReadonlyMap<string, readonly (Index & { readonly state: string })[]>;
  readonly fields: ReadonlyMap<string, FoundField>;
}

export type FirestoreEdit =
  | { readonly do: 'createIndex'; readonly collectionGroup: string; readonly index: Index }
  | { readonly do: 'indexField'; readonly key: string; readonly indexes: readonly Index[] }
  | { readonly do: 'enableTtl'; readonly key: string };

const foundIndexSchema = z
  .object({
    queryScope: z.string(),
    fields: z.array(z.looseObject({ ...indexFieldSchema.shape, arrayConfig: z.string().exactOptional() })),
    state: z.string().default('READY'),
  })
  // The service adds the document's name, which the files leave out.
  .transform(({ fields, ...index }) => ({
    ...index,
    fields: fields.filter(({ fieldPath }) => fieldPath !== '__name__') as readonly IndexField[],
  }));

const indexListSchema = z.object({
  indexes: z.array(foundIndexSchema).default([]),
  nextPageToken: z.string().optional(),
});

const foundFieldSchema = z
  .object({
    indexConfig: z
      .object({
        usesAncestorConfig: z.boolean().default(false),
        indexes: z.array(foundIndexSchema).default([]),
      })
      .prefault({}),
    ttlConfig: z.object({ state: z.string().default('CREATING') }).optional(),
  })
  .transform(({ indexConfig, ttlConfig }): FoundField => ({
    ttlState: ttlConfig?.state,
    isDefault: indexConfig.usesAncestorConfig,
    indexes: indexConfig.indexes,
  }));

export function readWantedFirestore(): WantedFirestore {
  const { indexes, fieldOverrides } = fileSchema.parse(JSON.parse(readFileSync(INDEXES_FILE, 'utf8')));
  const fields = fieldOverrides.map((field) => ({
    ...field,
    indexes: field.indexes.map(({ queryScope, ...kind }) => ({
      queryScope,
      fields: [{ fieldPath: field.fieldPath, ...kind }],
    })),
  }));
  return { indexes, fields };
}

export const keyOf = ({ collectionGroup, fieldPath }: WantedField): string =>
  `${collectionGroup}/fields/${fieldPath}`;

const textOf = ({ queryScope, fields }: Index): string =>
  `${fields.map((field) => `${field.fieldPath} ${field.order ?? field.arrayConfig}`).join(', ')} (${queryScope})`;

/** Ascending is what everybody expects. */
export const nameOf = ({ collectionGroup, fields }: WantedFirestore['indexes'][number]): string => {
  const paths = fields.map(({ fieldPath, order, arrayConfig }) =>
    order === 'ASCENDING' ? fieldPath : `${fieldPath} ${order ?? arrayConfig}`,
  );
  return `index of ${collectionGroup} on ${paths.join(', ')}`;
};

export const hasIndex = <Found extends Index>(found: readonly Found[], wanted: Index): Found | undefined =>
  found.find((index) => textOf(index) === textOf(wanted));

export function diffFirestore(
  found: FoundFirestore,
  wanted: WantedFirestore,
): readonly Step<FirestoreEdit>[] {
  const composite = wanted.indexes
    .filter((index) => !hasIndex(found.indexes.get(index.collectionGroup) ?? [], index))
    .map((wantedIndex): Step<FirestoreEdit> => {
      const { collectionGroup, ...index } = wantedIndex;
      const change = { kind: 'create', what: nameOf(wantedIndex), to: index.queryScope } as const;
      return { changes: [change], edit: { do: 'createIndex', collectionGroup, index } };
    });
  return [
    ...composite,
    ...wanted.fields.flatMap((field) => diffField(found.fields.get(keyOf(field)), field)),
  ];
}

function diffField(found: FoundField | undefined, wanted: WantedField): readonly Step<FirestoreEdit>[] {
  const { ttlState, isDefault, indexes } = found ?? { ttlState: undefined, isDefault: true, indexes: [] };
  const key = keyOf(wanted);
  const field = `${wanted.collectionGroup}.${wanted.fieldPath}`;
  const steps: Step<FirestoreEdit>[] = [];
  const missing = wanted.indexes.filter((index) => !hasIndex(indexes, index));
  const unwanted = indexes.filter((index) => !hasIndex(wanted.indexes, index));
  if (missing.length > 0 || (isDefault && unwanted.length > 0)) {
    // An index of its own that the file does not name may be somebody else's. Those that every field has are nobody's.
    const kept = isDefault ? [] : unwanted.map(({ queryScope, fields }) => ({ queryScope, fields }));
    const change: Change = {
      kind: 'set',
      what: `indexes of ${field}`,
      from: isDefault ? 'those of every field' : `${indexes.length} of its own`,
      to: wanted.indexes.length === 0 ? 'none' : `also ${missing.map(textOf).join('; ')}`,
      ...(wanted.indexes.length === 0
        ? { why: 'nothing queries it, and an index would cost each write' }
        : {}),
    };
    steps.push({ changes: [change], edit: { do: 'indexField', key, indexes: [...wanted.indexes, ...kept] } });
  }
  if (wanted.ttl && ttlState === undefined) {
    const why = 'Firestore deletes documents when that time has passed';
    steps.push({
      changes: [{ kind: 'create', what: `TTL policy on ${field}`, why }],
      edit: { do: 'enableTtl', key },
    });
  }
  return steps;
}

/** `database`: `projects/P/databases/(default)`. */
export async function readFirestore(
  api: Api,
  database: string,
  wanted: WantedFirestore,
): Promise<FoundFirestore> {
  const groups = [...new Set(wanted.indexes.map(({ collectionGroup }) => collectionGroup))];
  const [indexes, fields] = await Promise.all([
    Promise.all(groups.map(async (group) => [group, await listIndexes(api, database, group)] as const)),
    Promise.all(
      wanted.fields.map(async (field) => {
        const found = await api.get(`/v1/${database}/collectionGroups/${keyOf(field)}`);
        return [
          keyOf(field),
          foundFieldSchema.parse(found ?? { indexConfig: { usesAncestorConfig: true } }),
        ] as const;
      }),
    ),
  ]);
  return { indexes: new Map(indexes), fields: new Map(fields) };
}

async function listIndexes(
  api: Api,
  database: string,
  group: string,
  pageToken = '',
): Promise<z.output<typeof foundIndexSchema>[]> {
  const query = pageToken === '' ? '' : `?pageToken=${encodeURIComponent(pageToken)}`;
  const page = await api.get(`/v1/${database}/collectionGroups/${group}/indexes${query}`);
  const { indexes, nextPageToken } = indexListSchema.parse(page ?? {});
  return nextPageToken ? [...indexes, ...(await listIndexes(api, database, group, nextPageToken))] : indexes;
}

/** Minutes, or hours where there are many documents. */
const BUILDING = 'Firestore builds it now, and doctor says when it is ready';

export function createFirestorePart(api: Api, database: string): AnyPart {
  const wanted = readWantedFirestore();
  return definePart<FoundFirestore, FirestoreEdit>({
    name: 'Firestore',
    roles: { read: 'roles/datastore.viewer', change: 'roles/datastore.indexAdmin' },
    read: () => readFirestore(api, database, wanted),
    diff: (found) => diffFirestore(found, wanted),
    async apply(edit) {
      const groups = `/v1/${database}/collectionGroups`;
      switch (edit.do) {
        case 'createIndex':
          await api.post(`${groups}/${edit.collectionGroup}/indexes`, edit.index);
          return BUILDING;
        case 'indexField':
          await api.patch(`${groups}/${edit.key}?updateMask=indexConfig`, {
            indexConfig: { indexes: edit.indexes },
          });
          return BUILDING;
        case 'enableTtl':
          await api.patch(`${groups}/${edit.key}?updateMask=ttlConfig`, { ttlConfig: {} });
          return BUILDING;
      }
    },
  });
}

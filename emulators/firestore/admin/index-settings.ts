// Which indexes and TTL policies a database has, by the Admin API. Kept and shown: queries here need no index, and
// nothing is built, so what is made is ready at once; and no document expires.
import { randomBytes } from 'node:crypto';
import { invalidArgument, StatusError } from '../../shared/status.ts';

export interface IndexField {
  readonly fieldPath: string;
  readonly order?: string;
  readonly arrayConfig?: string;
}

export interface Index {
  readonly queryScope: string;
  readonly fields: readonly IndexField[];
}

export interface StoredIndex extends Index {
  readonly name: string;
}

interface FieldSettings {
  readonly indexes?: readonly Index[] | undefined;
  readonly ttl?: boolean;
}

const DOCUMENT_NAME = '__name__';

/** What every field has unless it is told otherwise. */
const AUTOMATIC: readonly Omit<IndexField, 'fieldPath'>[] = [
  { order: 'ASCENDING' },
  { order: 'DESCENDING' },
  { arrayConfig: 'CONTAINS' },
];

export class IndexSettings {
  /** By `projects/P/databases/D/collectionGroups/C`. */
  readonly #indexes = new Map<string, StoredIndex[]>();
  /** By `projects/P/databases/D/collectionGroups/C/fields/F`. */
  readonly #fields = new Map<string, FieldSettings>();

  /** Throws ALREADY_EXISTS for an index that is there, and INVALID_ARGUMENT for one that needs no definition. */
  create(group: string, { queryScope, fields }: Index): StoredIndex {
    if (fields.length < 2) {
      throw invalidArgument('this index is not necessary, configure using single field index controls');
    }
    const last = fields.at(-1)!;
    const whole =
      last.fieldPath === DOCUMENT_NAME
        ? fields
        : [...fields, { fieldPath: DOCUMENT_NAME, order: last.order ?? 'ASCENDING' }];
    const indexes = this.#indexes.get(group) ?? [];
    if (indexes.some((index) => textOf(index) === textOf({ queryScope, fields: whole }))) {
      throw new StatusError('ALREADY_EXISTS', 'index already exists');
    }
    const name = `${group}/indexes/${randomBytes(9).toString('base64url')}`;
    const index = { name, queryScope, fields: whole };
    this.#indexes.set(group, [...indexes, index]);
    return index;
  }

  list(group: string): readonly StoredIndex[] {
    return this.#indexes.get(group) ?? [];
  }

  /** `undefined` of a setting leaves it as it is; `indexes: null` takes the field's own ones away. */
  setField(name: string, set: { readonly indexes?: readonly Index[] | null; readonly ttl?: boolean }): void {
    const before = this.#fields.get(name) ?? {};
    this.#fields.set(name, {
      indexes: set.indexes === undefined ? before.indexes : (set.indexes ?? undefined),
      ttl: set.ttl ?? before.ttl ?? false,
    });
  }

  field(name: string): {
    readonly indexes: readonly Index[];
    readonly isDefault: boolean;
    readonly ttl: boolean;
  } {
    const { indexes, ttl = false } = this.#fields.get(name) ?? {};
    const fieldPath = name.split('/').at(-1)!;
    const automatic = AUTOMATIC.map((kind) => ({
      queryScope: 'COLLECTION',
      fields: [{ fieldPath, ...kind }],
    }));
    return { indexes: indexes ?? automatic, isDefault: indexes === undefined, ttl };
  }

  clear(): void {
    this.#indexes.clear();
    this.#fields.clear();
  }
}

const textOf = ({ queryScope, fields }: Index) => JSON.stringify([queryScope, fields]);

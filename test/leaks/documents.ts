// Documents in which every text, key, reference, byte string, id and segment of the path is a canary of its own: whatever
// is found somewhere says which place it came from. A shape says what stands where; planting it fills in the canaries.
import * as fc from 'fast-check';
import type { ColumnPolicy, Dropped, PolicyTree } from '../../functions/pipelines/policy.ts';
import type { Pipeline } from '../../functions/pipelines/pipeline.ts';
import { contentHash } from '../../functions/steps/content-hash.ts';
import { GeoPoint, Reference, Timestamp } from '../../functions/steps/firestore-values.ts';
import { createCanary, STYLES, type Style } from './canaries.ts';
import { createLeakSearch, type Canary, type Hashed, type LeakSearch } from './search.ts';

export type Shape =
  | { readonly kind: 'text' | 'bytes' | 'reference'; readonly style: Style }
  | { readonly kind: 'time' | 'number' | 'boolean' | 'null' | 'geo' }
  | { readonly kind: 'array'; readonly of: readonly Shape[] }
  | { readonly kind: 'map'; readonly of: readonly (readonly [key: Style, value: Shape])[] };

export interface DocumentShape {
  readonly user: Style;
  readonly session: Style;
  /** By the path of a declared field: a value of another kind than it should be, `null`, or nothing at all. */
  readonly spoiled: Readonly<Record<string, Shape | 'absent'>>;
  /** Fields that nobody declared: all at the top, the first in each declared map. */
  readonly unknown: readonly (readonly [key: Style, value: Shape])[];
  readonly textStyle: Style;
}

/** The classes of the client that writes or hands over the document. */
export interface Classes {
  readonly time: (seconds: number) => unknown;
  readonly geo: (latitude: number, longitude: number) => unknown;
  readonly reference: (path: string) => unknown;
}

export const PLAIN_CLASSES: Classes = {
  time: (seconds) => new Timestamp(seconds, 0),
  geo: (latitude, longitude) => new GeoPoint(latitude, longitude),
  reference: (path) => new Reference(`projects/p/databases/(default)/documents/${path}`),
};

export interface Planted {
  readonly path: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly canaries: readonly Canary[];
  /** Path and content, whose hashes may be found nowhere either. */
  readonly hashed: Hashed;
  /** By column: the one cell in which a text of the document may stand, and the text. */
  readonly kept: ReadonlyMap<string, unknown>;
}

const STARTED_AT = 1_767_225_600;

/** Takes the canaries of each style in turn: no two of the texts that are planted by one of these are the same. */
export function createPlanter(pipeline: Pipeline, classes: Classes = PLAIN_CLASSES) {
  const used = new Map<Style, number>();

  return function plant(shape: DocumentShape): Planted {
    const canaries: Canary[] = [];
    const kept = new Map<string, unknown>();
    const take = (style: Style, place: string): string => {
      const n = used.get(style) ?? 0;
      used.set(style, n + 1);
      const canary = createCanary(style, n, place);
      canaries.push(canary);
      return canary.text;
    };

    function plantValue(value: Shape, place: string): unknown {
      switch (value.kind) {
        case 'text':
          return take(value.style, place);
        case 'bytes':
          return Buffer.from(take(value.style, `bytes in ${place}`));
        case 'reference': {
          const [collection, id] = ['collection', 'id'].map((part) =>
            take(value.style, `${part} of the reference in ${place}`),
          );
          return classes.reference(`${collection}/${id}`);
        }
        case 'time':
          return classes.time(STARTED_AT);
        case 'geo':
          return classes.geo(35.6, 139.7);
        case 'number':
          return 7.25;
        case 'boolean':
          return true;
        case 'null':
          return null;
        case 'array':
          return value.of.map((one, i) => plantValue(one, `${place}[${i}]`));
        case 'map':
          return plantUnknown(value.of, place);
      }
    }

    function plantUnknown(entries: DocumentShape['unknown'], place: string): Record<string, unknown> {
      return Object.fromEntries(
        entries.map(([style, value], i) => [
          take(style, `key ${i} of ${place}`),
          plantValue(value, `unknown field ${i} of ${place}`),
        ]),
      );
    }

    function plantFields(fields: PolicyTree, parent: string): Record<string, unknown> {
      const isTop = parent === '';
      const data = plantUnknown(
        isTop ? shape.unknown : shape.unknown.slice(0, 1),
        isTop ? 'the document' : parent,
      );
      for (const [name, policy] of Object.entries(fields)) {
        const place = `${parent}${name}`;
        const spoiled = shape.spoiled[place];
        if (spoiled === 'absent') continue;
        if (spoiled) data[name] = plantValue(spoiled, place);
        else if ('fields' in policy) data[name] = plantFields(policy.fields, `${place}.`);
        else data[name] = plantFitting(policy, place);
        if (policy.action === 'keep') kept.set(policy.column, data[name]);
      }
      return data;
    }

    function plantFitting(policy: ColumnPolicy | Dropped, place: string): unknown {
      if (policy.action === 'drop') return take(shape.textStyle, place);
      switch (policy.kind.name) {
        case 'text':
        case 'free text':
          return take(shape.textStyle, place);
        case 'array of texts':
          return [take(shape.textStyle, place), take(shape.textStyle, place)];
        case 'reference':
          return plantValue({ kind: 'reference', style: shape.textStyle }, place);
        case 'map with free keys':
          return plantUnknown([[shape.textStyle, { kind: 'text', style: shape.textStyle }]], place);
        case 'timestamp':
          return classes.time(STARTED_AT);
        case 'boolean':
          return true;
        case 'integer':
          return 7;
        case 'number':
          return 7.25;
        default:
          return JSON.parse(policy.kind.name); // a literal is named by its JSON
      }
    }

    const [users, sessions] = pipeline.document.split('/').filter((part) => !part.startsWith('{'));
    const userId = take(shape.user, 'userId');
    const sessionId = take(shape.session, 'sessionId');
    const path = `${users}/${userId}/${sessions}/${sessionId}`;
    const data = plantFields(pipeline.fields, '');
    kept.set('session_id', sessionId);
    const name = `projects/demo-local/databases/(default)/documents/${path}`;
    const hashed = {
      texts: [path, `/${path}`, name].map((text) => ({ place: 'the path of the document', text })),
      hashes: [{ place: 'the content of the document', text: contentHash(data) }],
    };
    return { path, userId, sessionId, data, canaries, hashed, kept };
  };
}

export function searchFor(planted: readonly Planted[], more: readonly Canary[] = []): LeakSearch {
  return createLeakSearch([...planted.flatMap(({ canaries }) => canaries), ...more], {
    texts: planted.flatMap(({ hashed }) => hashed.texts ?? []),
    hashes: planted.flatMap(({ hashed }) => hashed.hashes ?? []),
  });
}

/** The paths of all declared fields, maps too. */
export function declaredFields(fields: PolicyTree, parent = ''): readonly string[] {
  return Object.entries(fields).flatMap(([name, policy]) => {
    const path = `${parent}${name}`;
    return 'fields' in policy ? [path, ...declaredFields(policy.fields, `${path}.`)] : [path];
  });
}

const BARE = ['time', 'number', 'boolean', 'null', 'geo'] as const;
const styles = fc.constantFrom(...STYLES);
const { value: values } = fc.letrec<{ value: Shape }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('text' as const, 'bytes' as const, 'reference' as const),
        style: styles,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom(...BARE) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('array' as const),
        of: fc.array(tie('value'), { maxLength: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('map' as const),
        of: fc.array(fc.tuple(styles, tie('value')), { maxLength: 3 }),
      }),
    },
  ),
}));

/** Half of them are good, with unknown fields; the others have fields that are missing, or of any other type. */
export function documentShapes({ fields }: Pick<Pipeline, 'fields'>): fc.Arbitrary<DocumentShape> {
  const spoiling = fc.dictionary(
    fc.constantFrom(...declaredFields(fields)),
    fc.oneof(values, fc.constant('absent' as const)),
    { maxKeys: 4 },
  );
  return fc.record({
    user: styles,
    session: styles,
    spoiled: fc.oneof(fc.constant({}), spoiling),
    unknown: fc.array(fc.tuple(styles, values), { maxLength: 3 }),
    textStyle: styles,
  });
}

const ofAllKinds = (style: Style): DocumentShape['unknown'] => [
  [style, { kind: 'text', style }],
  [style, { kind: 'bytes', style }],
  [style, { kind: 'reference', style }],
  [style, { kind: 'array', of: [{ kind: 'text', style }, { kind: 'reference', style }, { kind: 'null' }] }],
  [style, { kind: 'map', of: [[style, { kind: 'map', of: [[style, { kind: 'text', style }]] }]] }],
];

/** A good document with ids, texts and keys of that style, and unknown fields of all kinds at all depths. */
export function fullShape(style: Style): DocumentShape {
  return { user: style, session: style, spoiled: {}, unknown: ofAllKinds(style), textStyle: style };
}

/** One for each declared field, in which that is a map with canaries for keys, or a list of them; one in which all are. */
export function poisonShapes({ fields }: Pick<Pipeline, 'fields'>, style: Style): readonly DocumentShape[] {
  const wrong: Shape = { kind: 'map', of: [[style, { kind: 'text', style }]] };
  const list: Shape = { kind: 'array', of: [{ kind: 'reference', style }, wrong] };
  const paths = declaredFields(fields);
  const one = paths.map((path, i) => ({ ...without(fields, path), [path]: i % 2 === 0 ? wrong : list }));
  const all = Object.fromEntries(paths.map((path) => [path, list]));
  return [...one, all].map((spoiled) => ({
    user: style,
    session: style,
    spoiled,
    unknown: [],
    textStyle: style,
  }));
}

/** No other maps than the one of that path. */
function without(fields: PolicyTree, path: string): Record<string, 'absent'> {
  const maps = Object.keys(fields).filter((name) => fields[name]?.action === 'map');
  const others = maps.filter((name) => name !== path.split('.')[0]);
  return Object.fromEntries(others.map((name) => [name, 'absent']));
}

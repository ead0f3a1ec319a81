// The law of lists: whatever a query hands out under a rule, the same rule would have let its reader get by name.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ManualClock } from '../../shared/clock.ts';
import { authorize } from '../authorize.ts';
import type { ProtoFilter, ProtoValue } from '../protocol/messages.ts';
import { commit } from '../rpc/commit.ts';
import { getDocument } from '../rpc/get-document.ts';
import { runQuery } from '../rpc/run-query.ts';
import { Service } from '../service.ts';

const PROJECT = 'p';
const DATABASE = `projects/${PROJECT}/databases/d`;
const FIELDS = ['a', 'b'];

/** A value in the wire's form and as rules spell it. */
interface Both {
  readonly proto: ProtoValue;
  readonly text: string;
}

const integer = (n: number): Both => ({
  proto: { valueType: 'integerValue', integerValue: String(n) },
  text: `${n}`,
});
const double = (n: number): Both => ({
  proto: { valueType: 'doubleValue', doubleValue: n },
  text: n.toFixed(1),
});
const string = (s: string): Both => ({ proto: { valueType: 'stringValue', stringValue: s }, text: `'${s}'` });
const bool = (b: boolean): Both => ({ proto: { valueType: 'booleanValue', booleanValue: b }, text: `${b}` });
const NULL: Both = { proto: { valueType: 'nullValue', nullValue: 'NULL_VALUE' }, text: 'null' };
const listOf = (values: readonly Both[]): Both => ({
  proto: { valueType: 'arrayValue', arrayValue: { values: values.map(({ proto }) => proto) } },
  text: `[${values.map(({ text }) => text).join(', ')}]`,
});
const scalar: fc.Arbitrary<Both> = fc.oneof(
  fc.constantFrom(0, 1, 2, 3).map(integer),
  fc.constantFrom(0, 1, 1.5, 2).map(double),
  fc.constantFrom('', 'x', 'y').map(string),
  fc.boolean().map(bool),
  fc.constant(NULL),
);
const array = fc.array(scalar, { maxLength: 3 }).map(listOf);
const value = fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: array });
const field = fc.constantFrom(...FIELDS);

const condition: fc.Arbitrary<string> = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    fc
      .tuple(field, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), value, fc.boolean())
      .map(([name, operator, { text }, isMirrored]) =>
        isMirrored
          ? `${text} ${operator} resource.data.${name}`
          : `resource.data.${name} ${operator} ${text}`,
      ),
    fc.tuple(field, array).map(([name, { text }]) => `resource.data.${name} in ${text}`),
    fc.tuple(field, scalar).map(([name, { text }]) => `${text} in resource.data.${name}`),
    fc
      .tuple(field, array, fc.constantFrom('hasAny', 'hasAll', 'hasOnly'))
      .map(([name, { text }, method]) => `resource.data.${name}.${method}(${text})`),
    field.map((name) => `'${name}' in resource.data`),
    fc
      .tuple(field, fc.constantFrom('hasAny', 'hasAll', 'hasOnly'))
      .map(([name, method]) => `resource.data.keys().${method}(['${name}'])`),
    fc
      .tuple(field, value, value)
      .map(
        ([name, wanted, otherwise]) => `resource.data.get('${name}', ${otherwise.text}) == ${wanted.text}`,
      ),
    fc
      .tuple(field, fc.constantFrom('int', 'float', 'number', 'string', 'bool', 'list'))
      .map(([name, type]) => `resource.data.${name} is ${type}`),
    fc.constantFrom(
      "id == 'd0'",
      "resource.id != 'd0'",
      'resource.data.a == resource.data.b',
      'resource != null',
    ),
    tie('condition').map((inner) => `!(${inner})`),
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
  ),
})).condition;

const leaf: fc.Arbitrary<ProtoFilter> = fc.oneof(
  fc
    .tuple(
      field,
      fc.constantFrom(
        'EQUAL',
        'NOT_EQUAL',
        'LESS_THAN',
        'LESS_THAN_OR_EQUAL',
        'GREATER_THAN',
        'GREATER_THAN_OR_EQUAL',
        'ARRAY_CONTAINS',
      ),
      scalar,
    )
    .map(([fieldPath, op, { proto }]): ProtoFilter => ({
      filterType: 'fieldFilter',
      fieldFilter: { field: { fieldPath }, op, value: proto },
    })),
  fc
    .tuple(
      field,
      fc.constantFrom('IN', 'NOT_IN', 'ARRAY_CONTAINS_ANY'),
      fc.array(scalar, { minLength: 1, maxLength: 3 }),
    )
    .map(([fieldPath, op, values]): ProtoFilter => {
      const list: ProtoValue = {
        valueType: 'arrayValue',
        arrayValue: { values: values.map(({ proto }) => proto) },
      };
      return { filterType: 'fieldFilter', fieldFilter: { field: { fieldPath }, op, value: list } };
    }),
);
const filter = fc
  .tuple(fc.constantFrom('AND', 'OR'), fc.array(leaf, { minLength: 1, maxLength: 3 }))
  .map(([op, filters]): ProtoFilter => ({ filterType: 'compositeFilter', compositeFilter: { op, filters } }));
/** Every pair of values that the two fields can have, missing ones too. */
const VALUES: readonly (Both | undefined)[] = [
  undefined,
  ...[0, 1, 2, 3].map(integer),
  ...[0, 1, 1.5, 2, Number.NaN].map(double),
  ...['', 'x', 'y'].map(string),
  bool(true),
  bool(false),
  NULL,
  ...[[], [integer(1)], [double(1)], [string('x')], [string('x'), string('y')], [NULL]].map(listOf),
];
const DOCUMENTS = VALUES.flatMap((a) =>
  VALUES.map((b) => ({ ...(a ? { a: a.proto } : {}), ...(b ? { b: b.proto } : {}) })),
);

test('a query hands out nothing that its reader could not get by name', async () => {
  const service = new Service(new ManualClock());
  const writes = DOCUMENTS.map((fields, i) => ({
    operation: 'update' as const,
    update: { name: `${DATABASE}/documents/c/d${i}`, fields },
  }));
  commit(service, { database: DATABASE, writes });
  const stranger = authorize(service, undefined);
  let allowed = 0;
  let handedOut = 0;
  await fc.assert(
    fc.asyncProperty(condition, filter, async (rule, where) => {
      const content = `rules_version = '2'; service cloud.firestore { match /databases/{d}/documents {
        match /c/{id} { allow read: if ${rule}; } } }`;
      expect(service.rules.load(PROJECT, { name: 'f', content }, false)).toEqual([]);
      const query = {
        parent: `${DATABASE}/documents`,
        structuredQuery: { from: [{ collectionId: 'c' }], where },
      };
      const found: string[] = [];
      try {
        for await (const { document } of runQuery(service, query, stranger))
          if (document) found.push(document.name!);
        allowed++;
      } catch {
        // Refused by the rules, or as a query: nothing is handed out.
      }
      handedOut += found.length;
      for (const name of found) expect((await getDocument(service, { name }, stranger)).name).toBe(name);
    }),
    { numRuns: 3000 },
  );
  // The law says nothing where nothing is allowed.
  expect(allowed).toBeGreaterThan(150);
  expect(handedOut).toBeGreaterThan(3000);
}, 60_000);

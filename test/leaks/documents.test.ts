// What is planted is complete: a text that is no canary could leak without being found.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { sessions } from '../../functions/pipelines/sessions.ts';
import { STYLES } from './canaries.ts';
import {
  createPlanter,
  declaredFields,
  documentShapes,
  fullShape,
  poisonShapes,
  type Planted,
} from './documents.ts';
import { textsIn } from './sinks.ts';

const DECLARED = new Set(declaredFields(sessions.fields).flatMap((path) => path.split('.')));

/** Texts and keys at all depths, bytes as their text; what the classes of values are called is none. */
function textsOfDocument({ data, path }: Planted): readonly string[] {
  const readable: unknown = JSON.parse(
    JSON.stringify(data, (_, value: unknown) => {
      const isBytes =
        typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
      return isBytes && 'data' in value ? Buffer.from(value.data as number[]).toString() : value;
    }),
  );
  const members = new Set(['seconds', 'nanoseconds', 'latitude', 'longitude', 'path', 'completed']);
  return [...path.split('/').filter((_, i) => i % 2 === 1), ...textsIn(readable)].filter(
    (text) => !DECLARED.has(text) && !members.has(text) && !/^\d{1,2}$/.test(text),
  );
}

test.each(STYLES)(
  'every text, key, reference and segment of a document of %s is a canary of its own',
  (style) => {
    const plant = createPlanter(sessions);
    const planted = [fullShape(style), ...poisonShapes(sessions, style)].map((shape) => plant(shape));
    const canaries = planted.flatMap((document) => document.canaries.map(({ text }) => text));
    const texts = planted.flatMap(textsOfDocument).flatMap((text) => text.split('/')); // the path of a reference
    expect(texts.length).toBeGreaterThan(100);
    expect(texts.filter((text) => !canaries.includes(text))).toEqual([]);
    expect(new Set(canaries).size).toBe(canaries.length);
  },
);

test('so is every one of a generated document, and half of them are good', () => {
  let good = 0;
  const numRuns = 200;
  fc.assert(
    fc.property(documentShapes(sessions), (shape) => {
      const document = createPlanter(sessions)(shape);
      const canaries = new Set(document.canaries.map(({ text }) => text));
      const texts = textsOfDocument(document).flatMap((text) => text.split('/'));
      expect(texts.filter((text) => !canaries.has(text))).toEqual([]);
      if (sessions.read(document.data).ok) good++;
    }),
    { numRuns },
  );
  expect(good).toBeGreaterThan(numRuns / 4);
  expect(good).toBeLessThan(numRuns);
});

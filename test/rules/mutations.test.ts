// Is the table any good? Every small mistake in firestore.rules has to be noticed by a row of it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parseRules } from '../../emulators/firestore/rules/parse.ts';
import type { Ruleset } from '../../emulators/firestore/rules/syntax.ts';
import type { Client } from './clients.ts';
import { inProcessClient } from './clients.ts';
import { mutantsOf } from './mutations.ts';
import { printRules } from './print-rules.ts';
import { TABLE } from './table.ts';

const RULES = readFileSync(path.join(__dirname, '..', '..', 'firestore.rules'), 'utf8');

/** Mutants that allow and deny just what the rules do, by the reason why. */
const EQUIVALENT: Readonly<Record<string, readonly string[]>> = {
  'without a token request.auth is null, and asking null for uid is an error, which denies': [
    'isOwner(): ((request.auth != null) && (request.auth.uid == userId)) becomes (request.auth.uid == userId)',
    'isOwner(): (request.auth != null) becomes true',
  ],
  'its condition asks for request.resource, which is null in a delete and does not exist in a read': [
    'allow create: is for create, get',
    'allow create: is for create, list',
    'allow create: is for create, delete',
    'allow update: is for update, get',
    'allow update: is for update, list',
    'allow update: is for update, delete',
  ],
  'its condition asks for resource.data, and resource is null in a create': [
    'allow update: is for update, create',
    'allow delete: is for delete, create',
  ],
  'it allows to read what the owner, and nobody else, may read anyway': [
    'allow delete: is for delete, get',
    'allow delete: is for delete, list',
  ],
};

function parse(rules: string): Ruleset {
  const { ruleset, issues } = parseRules('firestore.rules', rules);
  if (!ruleset) throw new Error(issues[0]?.description);
  return ruleset;
}

async function isNoticed(client: Client, rules: string): Promise<boolean> {
  await client.load(rules);
  for (const row of TABLE) if ((await client.ask(row)) !== row.expected) return true;
  return false;
}

test('the rules as they are printed from their tree are the same rules', async () => {
  const printed = printRules(parse(RULES));
  expect(printRules(parse(printed))).toBe(printed);
  expect(await isNoticed(inProcessClient(), printed)).toBe(false);
});

test('every mutant is noticed by a row of the table, or allows and denies just the same', async () => {
  const client = inProcessClient();
  const mutants = mutantsOf(parse(RULES));
  const unnoticed: string[] = [];
  for (const { title, rules } of mutants) if (!(await isNoticed(client, rules))) unnoticed.push(title);
  expect(mutants.length).toBeGreaterThan(100);
  expect(new Set(mutants.map(({ rules }) => rules)).size).toBe(mutants.length);
  expect(unnoticed.toSorted()).toEqual(Object.values(EQUIVALENT).flat().toSorted());
}, 120_000);

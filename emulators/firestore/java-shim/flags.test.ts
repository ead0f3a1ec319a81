import { expect, test } from '@jest/globals';
import { parseJavaCall } from './flags.ts';

test('the question for the version is told from a start', () => {
  expect(parseJavaCall(['-Duser.language=en', '-Dfile.encoding=UTF-8', '-version'])).toEqual({
    kind: 'version',
  });
});

test('a start of Firestore, with the flags that firebase-tools 15 passes', () => {
  const args = [
    '-Dgoogle.cloud_firestore.debug_log_level=FINE',
    '-Duser.language=en',
    '-jar',
    '/cache/cloud-firestore-emulator-v1.22.0.jar',
    '--host',
    '127.0.0.1',
    '--port',
    '28080',
    '--websocket_port',
    '29150',
    '--project_id',
    'demo-p',
    '--rules',
    '/p/firestore.rules',
    '--single_project_mode',
    'true',
    '--functions_emulator',
    '127.0.0.1:5001',
    '--seed_from_export',
    '/out/firestore_export/firestore_export.overall_export_metadata',
    '--database-edition',
    'standard',
  ];
  expect(parseJavaCall(args)).toEqual({
    kind: 'firestore',
    port: 28080,
    functionsEmulator: '127.0.0.1:5001',
    seedFile: '/out/firestore_export/firestore_export.overall_export_metadata',
    rulesFile: '/p/firestore.rules',
  });
});

test('any other jar is named and refused', () => {
  const jar = '/firestore/firebase-database-emulator-v4.11.2.jar';
  expect(parseJavaCall(['-jar', jar, '--port', '9000'])).toEqual({ kind: 'other', jar });
});

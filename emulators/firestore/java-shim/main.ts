// The process that firebase-tools takes for Java running its Firestore emulator. See FIREBASE-TOOLS.md.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { connectFunctionsEmulator } from '../../eventarc/connect-functions-emulator.ts';
import { systemClock } from '../../shared/clock.ts';
import { Faults } from '../../shared/faults.ts';
import { startFirestore } from '../server.ts';
import { parseJavaCall } from './flags.ts';

const log = (line: string): void => void process.stdout.write(`${line}\n`);
const fail = (line: string): never => {
  process.stderr.write(`${line}\n`);
  process.exit(1);
};

const call = parseJavaCall(process.argv.slice(2));
switch (call.kind) {
  case 'version':
    process.stderr.write('openjdk version "21.0.0" (stand-in for the Firestore emulator)\n');
    break;
  case 'other':
    fail(`Cannot run "${call.jar}": this stand-in for Java runs the Firestore emulator only`);
    break;
  case 'firestore': {
    const { port, functionsEmulator, seedFile, rulesFile } = call;
    const emulator = await startFirestore({
      port,
      faults: new Faults(),
      clock: systemClock,
      log,
      ...(rulesFile === undefined
        ? {}
        : { rules: { name: path.basename(rulesFile), content: readFileSync(rulesFile, 'utf8') } }),
    }).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
    if (seedFile) await emulator.importFrom(path.dirname(seedFile));
    const triggers =
      functionsEmulator === undefined
        ? undefined
        : connectFunctionsEmulator(emulator, { functionsEmulator, clock: systemClock, log });
    const stop = (): void => {
      triggers?.close();
      void emulator.close().then(() => process.exit(0));
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
  }
}

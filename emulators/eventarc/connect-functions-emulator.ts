// Lets a Firestore emulator serve the functions emulator of firebase-tools, as Google's does with
// `--functions_emulator HOST:PORT`.
import type { DocumentChange } from './change.ts';
import type { RegisteredTriggers, RegisteredTriggersOptions } from './registered-triggers.ts';
import { createRegisteredTriggers } from './registered-triggers.ts';
import type { Registration } from './registration.ts';

export interface TriggerSource {
  onTrigger(listener: (registration: Registration) => void): () => void;
  triggers(): readonly Registration[];
  onChange(listener: (changes: readonly DocumentChange[]) => void): () => void;
}

/** Close the result before the source. */
export function connectFunctionsEmulator(
  source: TriggerSource,
  options: RegisteredTriggersOptions,
): RegisteredTriggers {
  const triggers = createRegisteredTriggers(options);
  for (const registration of source.triggers()) triggers.register(registration);
  const unsubscribe = [
    source.onTrigger((registration) => triggers.register(registration)),
    source.onChange((changes) => triggers.publish(changes)),
  ];
  return {
    ...triggers,
    close() {
      for (const end of unsubscribe) end();
      triggers.close();
    },
  };
}

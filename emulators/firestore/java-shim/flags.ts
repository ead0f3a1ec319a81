// What firebase-tools asks of `java`: its version, or to run the jar of one of its emulators.
import { parseArgs } from 'node:util';

export type JavaCall =
  | { readonly kind: 'version' }
  | {
      readonly kind: 'firestore';
      readonly port: number;
      /** Only when firebase-tools runs its functions emulator too: `HOST:PORT`. */
      readonly functionsEmulator: string | undefined;
      /** A file in the directory of an export. */
      readonly seedFile: string | undefined;
      /** The file of the security rules. */
      readonly rulesFile?: string;
    }
  | { readonly kind: 'other'; readonly jar: string };

export function parseJavaCall(args: readonly string[]): JavaCall {
  if (args.includes('-version')) return { kind: 'version' };
  const at = args.indexOf('-jar');
  const jar = at < 0 ? '' : (args[at + 1] ?? '');
  if (!/firestore/.test(jar.slice(jar.lastIndexOf('/') + 1))) return { kind: 'other', jar };
  // Flags that are not named here (host, websocket_port, …) are of no use to this emulator, which listens on
  // loopback only.
  const { values } = parseArgs({
    args: args.slice(at + 2),
    strict: false,
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '8080' },
      functions_emulator: { type: 'string' },
      seed_from_export: { type: 'string' },
      rules: { type: 'string' },
    },
  });
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const rulesFile = text(values['rules']);
  return {
    kind: 'firestore',
    port: Number(values['port']),
    functionsEmulator: text(values['functions_emulator']),
    seedFile: text(values['seed_from_export']),
    ...(rulesFile === undefined ? {} : { rulesFile }),
  };
}

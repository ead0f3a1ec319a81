// The Firestore emulator: opens the port and wires transports, methods and listeners together.
import http from 'node:http';
import * as grpc from '@grpc/grpc-js';
import type { Emulator, EmulatorOptions } from '../shared/emulator.ts';
import { createRouter, LOOPBACK } from '../shared/http.ts';
import type { SharedPort } from '../shared/shared-port.ts';
import { listenShared } from '../shared/shared-port.ts';
import { IndexSettings } from './admin/index-settings.ts';
import { adminRoutes } from './admin/routes.ts';
import type { DocumentChange } from './change-events.ts';
import { toDocumentChanges } from './change-events.ts';
import type { TriggerRegistration } from './control.ts';
import { controlRoutes } from './control.ts';
import { allowLoopbackPages } from './cors.ts';
import { exportDatabases } from './export/export-databases.ts';
import { readExport } from './export/import-databases.ts';
import { createGrpcServer } from './grpc.ts';
import { restError, restRoutes, unknownPath } from './rest.ts';
import type { RulesFile } from './rules/loaded-rules.ts';
import { Service } from './service.ts';
import { unimplementedRoutes } from './unimplemented.ts';
import { WebChannels } from './webchannel/web-channels.ts';

export type { DocumentChange } from './change-events.ts';
export type { TriggerRegistration } from './control.ts';

export interface FirestoreEmulator extends Emulator {
  /**
   * Calls the listener synchronously after each commit, with one change per document that really changed; a
   * commit that changes nothing is not reported. Returns a function that unsubscribes.
   */
  onChange(listener: (changes: readonly DocumentChange[]) => void): () => void;
  /** Calls the listener for each trigger that a tool registers over `/emulator/v1`. */
  onTrigger(listener: (registration: TriggerRegistration) => void): () => void;
  /** The registrations so far; one that is repeated replaces the one before. */
  triggers(): readonly TriggerRegistration[];
  /** Writes all databases to the directory, which is made when it is missing. See export/FORMAT.md. */
  exportTo(dir: string): Promise<void>;
  /** Replaces the databases that the export in the directory names. Rejects when there is none, and names it. */
  importFrom(dir: string): Promise<void>;
}

export interface FirestoreOptions extends EmulatorOptions {
  /** Only for messages; every project named by a request exists. */
  readonly project?: string;
  /** The security rules of every project that is sent none; without any, nobody but the owner may call. */
  readonly rules?: RulesFile;
}

/** Rejects when the rules do not compile, and says where and why. */
export async function startFirestore(options: FirestoreOptions): Promise<FirestoreEmulator> {
  const { faults, clock, log } = options;
  const service = new Service(clock);
  service.rules.debug = (line, value) => log(`firestore: debug() of the rules, line ${line}: ${value}`);
  if (options.rules) service.rules.loadForAll(options.rules);
  const triggers = new Map<string, TriggerRegistration>();
  const triggerListeners = new Set<(registration: TriggerRegistration) => void>();
  const onTrigger = (registration: TriggerRegistration): void => {
    triggers.set(`${registration.project} ${registration.key}`, registration);
    for (const listener of triggerListeners) listener(registration);
  };

  const indexSettings = new IndexSettings();
  const routes = [
    ...controlRoutes({ service, onTrigger }),
    ...adminRoutes(service, indexSettings),
    ...unimplementedRoutes,
    ...restRoutes({ service, faults }),
  ];
  const webChannels = new WebChannels({ service, faults, clock });
  const router = createRouter(routes, { onError: restError, onNotFound: unknownPath });
  const httpServer = http.createServer((request, response) => {
    if (allowLoopbackPages(request, response) || webChannels.accept(request, response)) return;
    router(request, response);
  });
  let shared: SharedPort | undefined;
  const grpcServer = createGrpcServer({ service, faults, drop: (peer) => shared?.drop(peer) });
  const injector = grpcServer.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  shared = await listenShared(options.port, httpServer, (socket) => injector.injectConnection(socket));
  const { port } = shared;
  log(`firestore listens on ${LOOPBACK}:${port}`);

  return {
    name: 'firestore',
    host: LOOPBACK,
    port,
    onChange(listener) {
      return service.onCommit((commit) => {
        try {
          listener(toDocumentChanges(commit));
        } catch (error) {
          // The commit stands, whatever its listeners make of it.
          log(
            `firestore: a change listener failed: ${error instanceof Error ? error.message : 'not an Error'}`,
          );
        }
      });
    },
    onTrigger(listener) {
      triggerListeners.add(listener);
      return () => triggerListeners.delete(listener);
    },
    triggers: () => [...triggers.values()],
    exportTo: (dir) => exportDatabases(service.databases(), dir),
    async importFrom(dir) {
      for (const { name, documents } of await readExport(dir)) service.load(name, documents);
    },
    clear() {
      service.clearAll();
      indexSettings.clear();
      return Promise.resolve();
    },
    async close() {
      service.transactions.clear();
      webChannels.close();
      grpcServer.forceShutdown();
      httpServer.closeAllConnections();
      await shared.close();
    },
  };
}

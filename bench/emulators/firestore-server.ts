// The Firestore emulator in a process of its own, which tells its parent the port, and its memory when asked.
import { startFirestore } from '../../emulators/firestore/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';

const { port } = await startFirestore({
  port: 0,
  clock: systemClock,
  faults: new Faults(),
  log: () => undefined,
});
process.send!({ port });
process.on('message', () => process.send!({ rss: process.memoryUsage.rss() }));
process.on('disconnect', () => process.exit(0));

// Calls the exported function of a module with ready CloudEvents, one after the other, without HTTP and without the
// framework: what is left is the decision whether there is anything to do.
//   node decide.js <module>        then over IPC: { events, times }, answered by { events: <count> }
type Handler = (event: object) => unknown;

const { session_onComplete: handle } = (await import(process.argv[2]!)) as { session_onComplete: Handler };

process.on('message', (message: unknown) => {
  if (typeof message !== 'object' || message === null || !('events' in message)) return;
  const { events, times } = message as { events: object[]; times: number };
  void decideAll(events, times).then((cpuMsPerEvent) => process.send!({ cpuMsPerEvent }));
});
process.channel?.ref(); // the probe let go of it
process.send!({ ready: true });

async function decideAll(events: readonly object[], times: number): Promise<number> {
  // The framework makes a new object for each event.
  const fresh = Array.from({ length: times }, () => events.map((event) => ({ ...event }))).flat();
  const before = process.cpuUsage();
  for (const event of fresh) await handle(event);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / fresh.length;
}

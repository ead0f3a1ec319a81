// Loaded into the functions host before anything else (`node --import`): its time follows the suite's, which `POST
// /clock` sets ahead. So that a sweep that comes minutes later need not be waited for. Never part of a deployment.
const POLL_MS = 100;

const hub = process.env['FIREBASE_EMULATOR_HUB'];
const RealDate = Date;
const realNow = Date.now;
let offsetMs = 0;

RealDate.now = () => realNow() + offsetMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now()] : args, newTarget) as Date,
  apply: () => new RealDate(RealDate.now()).toString(),
});

async function ask(): Promise<void> {
  const response = await fetch(`http://${hub}/clock`);
  ({ offsetMs } = (await response.json()) as { offsetMs: number });
}

if (hub !== undefined) {
  await ask();
  setInterval(() => {
    ask().catch(() => undefined); // the suite is closing
  }, POLL_MS).unref();
}

/** Milliseconds on the clock that all processes of the machine share; `performance.now()` counts from their start. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

// A value on its way into a table, free of DuckDB's classes: what `coerceValue` makes and the engine stores.
//   INTEGER bigint · FLOAT number · NUMERIC bigint × 10⁹ · BIGNUMERIC bigint × 10¹⁸ · BOOLEAN boolean
//   TIMESTAMP, DATETIME, TIME bigint microseconds · DATE number of days · BYTES bytes · INTERVAL its parts
//   STRING, JSON, GEOGRAPHY string · RECORD an array in the order of the schema · REPEATED an array
export type Cell = null | boolean | number | bigint | string | Uint8Array | Interval | readonly Cell[];

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

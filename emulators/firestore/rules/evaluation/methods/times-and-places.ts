// Methods of timestamps, durations and geo points.
import type { GeoPoint, Timestamp } from '../../../values/value.ts';
import { Duration, nanosOf, timestampOf } from '../value.ts';
import type { Operation, Operations } from './operation.ts';

const NANOS_PER_DAY = 86_400_000_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;

const part = (of: (time: Date) => number): Operation => ({
  parameters: [],
  run: ({ seconds }: Timestamp) => BigInt(of(new Date(seconds * 1000))),
});

export const timestampMethods: Operations = {
  year: part((time) => time.getUTCFullYear()),
  month: part((time) => time.getUTCMonth() + 1),
  day: part((time) => time.getUTCDate()),
  hours: part((time) => time.getUTCHours()),
  minutes: part((time) => time.getUTCMinutes()),
  seconds: part((time) => time.getUTCSeconds()),
  // Monday is 1, Sunday 7.
  dayOfWeek: part((time) => time.getUTCDay() || 7),
  dayOfYear: part((time) => {
    const firstDay = new Date(time);
    firstDay.setUTCMonth(0, 1);
    return Math.floor((time.getTime() - firstDay.getTime()) / 86_400_000) + 1;
  }),
  nanos: { parameters: [], run: ({ nanos }: Timestamp) => BigInt(nanos) },
  toMillis: {
    parameters: [],
    run: (time: Timestamp) => (nanosOf(time) - (nanosOf(time) % 1_000_000n)) / 1_000_000n,
  },
  date: { parameters: [], run: (time: Timestamp) => timestampOf(nanosOf(time) - nanosOfDay(time)) },
  time: { parameters: [], run: (time: Timestamp) => new Duration(nanosOfDay(time)) },
};

export const durationMethods: Operations = {
  seconds: { parameters: [], run: ({ nanos }: Duration) => nanos / NANOS_PER_SECOND },
  nanos: { parameters: [], run: ({ nanos }: Duration) => nanos % NANOS_PER_SECOND },
};

const EARTH_RADIUS_M = 6_371_008.8;

export const latlngMethods: Operations = {
  latitude: { parameters: [], run: ({ latitude }: GeoPoint) => latitude },
  longitude: { parameters: [], run: ({ longitude }: GeoPoint) => longitude },
  distance: {
    parameters: ['latlng'],
    run(a: GeoPoint, b: GeoPoint) {
      const radians = (degrees: number): number => (degrees * Math.PI) / 180;
      const haversine = (angle: number): number => Math.sin(angle / 2) ** 2;
      const along = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude));
      const square =
        haversine(radians(b.latitude - a.latitude)) + along * haversine(radians(b.longitude - a.longitude));
      return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(square));
    },
  },
};

function nanosOfDay(time: Timestamp): bigint {
  const nanos = nanosOf(time) % NANOS_PER_DAY;
  return nanos < 0n ? nanos + NANOS_PER_DAY : nanos;
}

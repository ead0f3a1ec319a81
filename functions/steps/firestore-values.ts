// The values that a Firestore document may hold besides JSON's own, as plain data: no client is needed to have them.
// They answer to the same public members as the Admin SDK's classes, and give the same content hash.

export class Timestamp {
  /** Since the epoch. */
  readonly seconds: number;
  /** Never negative. */
  readonly nanoseconds: number;

  constructor(seconds: number, nanoseconds: number) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }

  toDate(): Date {
    return new Date(this.seconds * 1000 + Math.floor(this.nanoseconds / 1_000_000));
  }
}

export class GeoPoint {
  readonly latitude: number;
  readonly longitude: number;

  constructor(latitude: number, longitude: number) {
    this.latitude = latitude;
    this.longitude = longitude;
  }
}

export class Reference {
  /** Relative to its database: `users/u1`. */
  readonly path: string;

  /** `name`: `projects/P/databases/D/documents/users/u1`. */
  constructor(name: string) {
    this.path = documentPath(name);
  }
}

export class Vector {
  readonly #numbers: readonly number[];

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  toArray(): readonly number[] {
    return this.#numbers;
  }
}

/** What follows `projects/P/databases/D/documents/`. */
export function documentPath(name: string): string {
  let at = -1;
  for (let i = 0; i < 5; i++) at = name.indexOf('/', at + 1);
  return name.slice(at + 1);
}

/** A vector is stored as a map with a mark. */
export function toMapOrVector(map: Record<string, unknown>): Record<string, unknown> | Vector {
  const { __type__: type, value } = map;
  return type === '__vector__' && Array.isArray(value) ? new Vector(value.map(Number)) : map;
}

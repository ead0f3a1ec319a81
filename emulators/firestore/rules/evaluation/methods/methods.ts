// What can be asked of a value: `value.name(…)`. A method that is not here is refused when the rules are loaded.
import type { Kind } from '../value.ts';
import { listMethods, mapDiffMethods, mapMethods, setMethods } from './collections.ts';
import type { Operations } from './operation.ts';
import { bytesMethods, stringMethods } from './strings.ts';
import { durationMethods, latlngMethods, timestampMethods } from './times-and-places.ts';

/** By the type of the value that is asked. */
export const METHODS: Readonly<Partial<Record<Kind, Operations>>> = {
  string: stringMethods,
  bytes: bytesMethods,
  list: listMethods,
  set: setMethods,
  map: mapMethods,
  map_diff: mapDiffMethods,
  timestamp: timestampMethods,
  duration: durationMethods,
  latlng: latlngMethods,
};

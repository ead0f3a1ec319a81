// A write as the emulator understands it, after everything that can be said of it without looking at the
// stored document has been checked.
import type { Micros } from '../protocol/time.ts';
import type { FieldPath } from '../values/field-path.ts';
import type { Transform } from '../values/transforms.ts';
import type { MapValue } from '../values/value.ts';

export type Precondition = { readonly exists: boolean } | { readonly updateTime: Micros };

export interface FieldTransform {
  readonly field: FieldPath;
  readonly transform: Transform;
}

interface Common {
  readonly path: string;
  readonly precondition: Precondition | undefined;
}

export type Write =
  | (Common & {
      readonly kind: 'update';
      readonly fields: MapValue;
      /** Without a mask the fields replace the document. */
      readonly mask: readonly FieldPath[] | undefined;
      readonly transforms: readonly FieldTransform[];
    })
  | (Common & { readonly kind: 'delete' })
  | (Common & { readonly kind: 'verify' });

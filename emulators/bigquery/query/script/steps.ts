// A script as a tree of steps; plain SQL stays text.

export type Step =
  | { readonly kind: 'sql'; readonly sql: string }
  | {
      readonly kind: 'declare';
      readonly names: readonly string[];
      readonly type: string | undefined;
      readonly value: string | undefined;
    }
  | {
      readonly kind: 'set';
      readonly names: readonly string[];
      readonly value: string;
      /** `SET (a, b) = …`: the value is a list or a struct. */
      readonly several: boolean;
    }
  | { readonly kind: 'if'; readonly branches: readonly Branch[] }
  | {
      readonly kind: 'loop';
      readonly while?: string;
      readonly until?: string;
      readonly body: readonly Step[];
    }
  | { readonly kind: 'for'; readonly name: string; readonly query: string; readonly body: readonly Step[] }
  | { readonly kind: 'block'; readonly body: readonly Step[]; readonly handler: readonly Step[] | undefined }
  | {
      readonly kind: 'execute';
      readonly sql: string;
      readonly into: readonly string[];
      readonly using: readonly { readonly value: string; readonly name: string | undefined }[];
    }
  | { readonly kind: 'system'; readonly name: string; readonly value: string }
  | {
      readonly kind: 'case';
      readonly subject: string | undefined;
      readonly branches: readonly Branch[];
    }
  | { readonly kind: 'call'; readonly path: readonly string[]; readonly args: readonly string[] }
  | { readonly kind: 'raise'; readonly message: string | undefined }
  | { readonly kind: 'transaction'; readonly action: 'BEGIN' | 'COMMIT' | 'ROLLBACK' }
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'return' };

export interface Branch {
  /** Absent for ELSE. */
  readonly condition: string | undefined;
  readonly body: readonly Step[];
}

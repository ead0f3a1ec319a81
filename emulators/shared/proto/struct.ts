// google.protobuf.Struct, the message that holds a JSON object: as @grpc/proto-loader wants it, and back. Only
// for answers; no request has one.

/** The JSON that the emulators send in this form. */
export type StructJson = string | { readonly [key: string]: StructJson };

export interface ProtoStruct {
  readonly fields?: Readonly<Record<string, ProtoStructValue>>;
}

type ProtoStructValue =
  | { readonly kind: 'stringValue'; readonly stringValue: string }
  | { readonly kind: 'structValue'; readonly structValue: ProtoStruct };

export function toProtoStruct(json: { readonly [key: string]: StructJson }): ProtoStruct {
  return {
    fields: Object.fromEntries(
      Object.entries(json).map(([key, value]) => [
        key,
        typeof value === 'string'
          ? { kind: 'stringValue', stringValue: value }
          : { kind: 'structValue', structValue: toProtoStruct(value) },
      ]),
    ),
  };
}

export function fromProtoStruct({ fields = {} }: ProtoStruct): { [key: string]: StructJson } {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value.kind === 'stringValue' ? value.stringValue : fromProtoStruct(value.structValue),
    ]),
  );
}

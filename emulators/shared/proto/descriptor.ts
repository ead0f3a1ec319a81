// The JSON descriptors that Google's client packages ship, as far as the emulators read them.

/** A package, a message, an enum or a service. */
export interface DescriptorNode {
  readonly nested?: Readonly<Record<string, DescriptorNode>>;
  readonly fields?: Readonly<Record<string, FieldDescriptor>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly methods?: Readonly<Record<string, MethodDescriptor>>;
}

export interface FieldDescriptor {
  readonly type: string;
  readonly id: number;
  readonly rule?: string;
  readonly keyType?: string;
}

export interface MethodDescriptor {
  readonly requestType: string;
  readonly responseType: string;
  readonly parsedOptions?: readonly { readonly '(google.api.http)'?: HttpRule }[];
}

/** https://github.com/googleapis/googleapis/blob/master/google/api/http.proto */
export interface HttpRule {
  readonly get?: string;
  readonly post?: string;
  readonly patch?: string;
  readonly delete?: string;
  /** `*` is the request itself; otherwise the field of the request that the body is. */
  readonly body?: string;
}

/** The node of a full name such as `google.protobuf.Timestamp`. */
export function findNode(root: DescriptorNode, fullName: string): DescriptorNode | undefined {
  return fullName
    .split('.')
    .reduce<DescriptorNode | undefined>((inside, part) => inside?.nested?.[part], root);
}

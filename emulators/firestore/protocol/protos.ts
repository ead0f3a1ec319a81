// The service definition, from the descriptor that Google's client package ships; reading it as JSON is
// some hundred milliseconds faster than parsing the .proto files.
import descriptor from '@google-cloud/firestore/build/protos/v1.json' with { type: 'json' };
import type { MessageTypeDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { fromJSON } from '@grpc/proto-loader';
import type { DescriptorNode } from '../../shared/proto/descriptor.ts';
import type { ProtoDocument } from './messages.ts';

/** Web and mobile clients send `verify` writes, which the published descriptor leaves out. */
function withVerify(root: typeof descriptor): DescriptorNode {
  const copy = structuredClone(root);
  const write = copy.nested.google.nested.firestore.nested.v1.nested.Write;
  write.oneofs.operation.oneof.push('verify');
  Object.assign(write.fields, { verify: { type: 'string', id: 5 } });
  return copy as DescriptorNode;
}

export const descriptorRoot: DescriptorNode = withVerify(descriptor);

const definitions = fromJSON(descriptorRoot, {
  longs: String,
  enums: String,
  oneofs: true,
});

export const firestoreService = definitions['google.firestore.v1.Firestore'] as ServiceDefinition;

const documentType = definitions['google.firestore.v1.Document'] as MessageTypeDefinition<
  ProtoDocument,
  ProtoDocument
>;

export function serialiseDocument(document: ProtoDocument): Uint8Array {
  return documentType.serialize(document);
}

export function deserialiseDocument(bytes: Uint8Array): ProtoDocument {
  return documentType.deserialize(Buffer.from(bytes));
}

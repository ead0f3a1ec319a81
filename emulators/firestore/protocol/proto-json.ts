// The JSON form of the messages of google.firestore.v1, as REST speaks it.
import { createProtoJson } from '../../shared/proto/proto-json.ts';
import { descriptorRoot } from './protos.ts';

export type { Json } from '../../shared/proto/proto-json.ts';

export const { toJson, fromJson } = createProtoJson(descriptorRoot, 'google.firestore.v1');

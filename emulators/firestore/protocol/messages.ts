// The messages of google.firestore.v1 as @grpc/proto-loader hands them over (int64 as strings, enums as
// names, bytes as Buffers, the set member of a oneof named beside it), and as REST bodies are turned into.
// Only the fields that the emulator reads or writes.

export interface ProtoTimestamp {
  readonly seconds?: string | number;
  readonly nanos?: number;
}

export type ValueType =
  | 'nullValue'
  | 'booleanValue'
  | 'integerValue'
  | 'doubleValue'
  | 'timestampValue'
  | 'stringValue'
  | 'bytesValue'
  | 'referenceValue'
  | 'geoPointValue'
  | 'arrayValue'
  | 'mapValue';

export interface ProtoValue {
  readonly valueType?: ValueType;
  readonly nullValue?: 'NULL_VALUE';
  readonly booleanValue?: boolean;
  readonly integerValue?: string;
  readonly doubleValue?: number;
  readonly timestampValue?: ProtoTimestamp;
  readonly stringValue?: string;
  readonly bytesValue?: Uint8Array;
  readonly referenceValue?: string;
  readonly geoPointValue?: { readonly latitude?: number; readonly longitude?: number };
  readonly arrayValue?: ProtoArray;
  readonly mapValue?: { readonly fields?: ProtoFields };
}

export interface ProtoArray {
  readonly values?: readonly ProtoValue[];
}

export type ProtoFields = Readonly<Record<string, ProtoValue>>;

export interface ProtoDocument {
  readonly name?: string;
  readonly fields?: ProtoFields;
  readonly createTime?: ProtoTimestamp;
  readonly updateTime?: ProtoTimestamp;
}

export interface ProtoMask {
  readonly fieldPaths?: readonly string[];
}

export interface ProtoPrecondition {
  readonly exists?: boolean;
  readonly updateTime?: ProtoTimestamp;
}

export interface ProtoFieldTransform {
  readonly fieldPath?: string;
  readonly transformType?:
    'setToServerValue' | 'increment' | 'maximum' | 'minimum' | 'appendMissingElements' | 'removeAllFromArray';
  readonly setToServerValue?: string;
  readonly increment?: ProtoValue;
  readonly maximum?: ProtoValue;
  readonly minimum?: ProtoValue;
  readonly appendMissingElements?: ProtoArray;
  readonly removeAllFromArray?: ProtoArray;
}

export interface ProtoWrite {
  readonly operation?: 'update' | 'delete' | 'verify' | 'transform';
  readonly update?: ProtoDocument;
  readonly delete?: string;
  readonly verify?: string;
  readonly transform?: {
    readonly document?: string;
    readonly fieldTransforms?: readonly ProtoFieldTransform[];
  };
  readonly updateMask?: ProtoMask;
  readonly updateTransforms?: readonly ProtoFieldTransform[];
  readonly currentDocument?: ProtoPrecondition;
}

export interface ProtoWriteResult {
  readonly updateTime?: ProtoTimestamp;
  readonly transformResults?: readonly ProtoValue[];
}

export interface ProtoTransactionOptions {
  readonly readOnly?: { readonly readTime?: ProtoTimestamp };
  readonly readWrite?: { readonly retryTransaction?: Uint8Array };
}

/** The three ways in which a read says what state it wants to see. */
export interface ProtoConsistency {
  readonly transaction?: Uint8Array;
  readonly newTransaction?: ProtoTransactionOptions;
  readonly readTime?: ProtoTimestamp;
}

export interface ProtoFieldReference {
  readonly fieldPath?: string;
}

export interface ProtoFilter {
  readonly filterType?: 'compositeFilter' | 'fieldFilter' | 'unaryFilter';
  readonly compositeFilter?: { readonly op?: string; readonly filters?: readonly ProtoFilter[] };
  readonly fieldFilter?: {
    readonly field?: ProtoFieldReference;
    readonly op?: string;
    readonly value?: ProtoValue;
  };
  readonly unaryFilter?: { readonly op?: string; readonly field?: ProtoFieldReference };
}

export interface ProtoCursor {
  readonly values?: readonly ProtoValue[];
  readonly before?: boolean;
}

export interface ProtoFindNearest {
  readonly vectorField?: ProtoFieldReference;
  readonly queryVector?: ProtoValue;
  readonly distanceMeasure?: string;
  readonly limit?: { readonly value?: number };
  readonly distanceResultField?: string;
  readonly distanceThreshold?: { readonly value?: number };
}

export interface ProtoQuery {
  readonly select?: { readonly fields?: readonly ProtoFieldReference[] };
  readonly from?: readonly { readonly collectionId?: string; readonly allDescendants?: boolean }[];
  readonly where?: ProtoFilter;
  readonly orderBy?: readonly { readonly field?: ProtoFieldReference; readonly direction?: string }[];
  readonly startAt?: ProtoCursor;
  readonly endAt?: ProtoCursor;
  readonly offset?: number;
  readonly limit?: { readonly value?: number };
  readonly findNearest?: ProtoFindNearest;
}

export interface ProtoAggregation {
  readonly operator?: 'count' | 'sum' | 'avg';
  readonly count?: { readonly upTo?: { readonly value?: string | number } };
  readonly sum?: { readonly field?: ProtoFieldReference };
  readonly avg?: { readonly field?: ProtoFieldReference };
  readonly alias?: string;
}

export interface ProtoStatus {
  readonly code?: number;
  readonly message?: string;
}

// A type in GoogleSQL's text as the `StandardSqlDataType` of the REST API.
import type { Field } from '../../schema.ts';
import { standardName } from '../../schema.ts';
import { columnType } from './columns.ts';
import { TokenReader } from './token-reader.ts';

export type StandardDataType = Readonly<Record<string, unknown>>;

/** Throws ApiError `invalidQuery` for a type that is none. */
export function standardDataType(text: string): StandardDataType {
  return ofField({ ...columnType(new TokenReader(text)), name: '' });
}

function ofField({ mode, ...field }: Field): StandardDataType {
  if (mode === 'REPEATED') return { typeKind: 'ARRAY', arrayElementType: ofField(field) };
  const typeKind = standardName(field.type);
  if (field.type !== 'RECORD') return { typeKind };
  const fields = (field.fields ?? []).map((inner) => ({ name: inner.name, type: ofField(inner) }));
  return { typeKind, structType: { fields } };
}

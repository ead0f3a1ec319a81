// Query parameters as GoogleSQL literals: the text that takes the parameter's place in the statement.
import { invalid, invalidQuery } from '../errors.ts';
import { isRecord, recordOf } from '../request.ts';
import type { BindParameter } from './prepare.ts';

const quote = (text: string) =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;

interface ParameterType {
  readonly type: string;
  readonly arrayType?: unknown;
  readonly structTypes?: unknown;
}

function typeOf(raw: unknown): ParameterType {
  const { type, ...rest } = recordOf(raw);
  if (typeof type !== 'string') throw invalid('Missing type of query parameter');
  return { ...rest, type: type.toUpperCase() };
}

/** The type as GoogleSQL writes it. */
function typeName(raw: unknown): string {
  const { type, arrayType, structTypes } = typeOf(raw);
  if (type === 'ARRAY') return `ARRAY<${typeName(arrayType)}>`;
  if (type !== 'STRUCT' && type !== 'RECORD') return STANDARD[type] ?? type;
  const fields = (Array.isArray(structTypes) ? structTypes : []).map((field) => {
    const { name, type: inner } = recordOf(field);
    return `${typeof name === 'string' ? `\`${name}\` ` : ''}${typeName(inner)}`;
  });
  return `STRUCT<${fields.join(', ')}>`;
}

const STANDARD: Readonly<Record<string, string>> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' };

export function parameterLiteral(rawType: unknown, rawValue: unknown): string {
  const { type, arrayType, structTypes } = typeOf(rawType);
  const value = recordOf(rawValue);
  if (type === 'ARRAY') {
    const items = Array.isArray(value['arrayValues']) ? value['arrayValues'] : [];
    const list = items.map((item: unknown) => parameterLiteral(arrayType, item));
    return `CAST([${list.join(', ')}] AS ${typeName(rawType)})`;
  }
  if (type === 'STRUCT' || type === 'RECORD') {
    const values = recordOf(value['structValues']);
    const fields = (Array.isArray(structTypes) ? structTypes : []).map((field, i) => {
      const { name, type: inner } = recordOf(field);
      const key = typeof name === 'string' ? name : `_field_${i + 1}`;
      return `${parameterLiteral(inner, values[key])} AS \`${key}\``;
    });
    return `STRUCT(${fields.join(', ')})`;
  }
  const text = value['value'];
  if (text === null || text === undefined) return `CAST(NULL AS ${typeName(rawType)})`;
  return scalarLiteral(type, typeof text === 'string' ? text : JSON.stringify(text));
}

function scalarLiteral(type: string, text: string): string {
  switch (STANDARD[type] ?? type) {
    case 'STRING':
      return quote(text);
    case 'INT64':
      if (!/^[-+]?\d+$/.test(text)) throw invalidQuery(`Invalid int64 value: ${text}`);
      return Math.abs(Number(text)) < 2 ** 31 && !text.startsWith('-')
        ? text.replace('+', '')
        : `CAST(${quote(text)} AS INT64)`;
    case 'BOOL':
      return /^true$/i.test(text) ? 'TRUE' : 'FALSE';
    case 'BYTES':
      return `FROM_BASE64(${quote(text)})`;
    case 'JSON':
      return `PARSE_JSON(${quote(text)})`;
    case 'TIMESTAMP':
      return `TIMESTAMP(${quote(text)})`;
    case 'GEOGRAPHY':
      return quote(text);
    default:
      return `CAST(${quote(text)} AS ${type})`;
  }
}

/** How the parameters of a request take their places; named and positional ones do not mix. */
export function parameterBinder(parameters: unknown): BindParameter {
  const list = (Array.isArray(parameters) ? parameters : []).filter(isRecord);
  const literal = (parameter: Readonly<Record<string, unknown>> | undefined, missing: string) => {
    if (!parameter) throw invalidQuery(missing);
    return parameterLiteral(parameter['parameterType'], parameter['parameterValue']);
  };
  return (token, index) =>
    token.text === '?'
      ? literal(list[index], `Query parameter number ${index + 1} is not defined`)
      : literal(
          list.find(
            ({ name }) => typeof name === 'string' && name.toLowerCase() === token.value.toLowerCase(),
          ),
          `Query parameter '${token.value}' not found`,
        );
}

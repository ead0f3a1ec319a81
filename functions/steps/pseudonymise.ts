// Fills in the pseudonyms: of the path's parameters and of the document's own identifiers. The only maker of a `Row`.
import { DELETED_COLUMN, KEY_VERSION_COLUMN, VERSION_COLUMN } from '../pipelines/pipeline.ts';
import type { Identifier, Pipeline, PolicedDocument, Row } from '../pipelines/pipeline.ts';
import type { Cell } from '../pipelines/kinds.ts';
import { deletedAt } from './deletion.ts';
import type { PseudonymKey } from './pseudonym-key.ts';
import { matchPath, type Source } from './source.ts';

/** Throws when the source is not of the pipeline's path: a bug, never data. */
export function pseudonymise(
  pipeline: Pipeline,
  source: Source,
  document: PolicedDocument,
  key: PseudonymKey,
): Row {
  const params = matchPath(pipeline.document, source.path);
  if (!params) throw new Error(`Cannot pseudonymise: path is not of pipeline "${pipeline.name}"`);
  const cells: Record<string, Cell> = { ...document.cells };
  for (const name in pipeline.params) {
    const policy = pipeline.params[name];
    if (!policy || policy.action === 'drop') continue;
    const value = policy.read(params[name]) ?? null;
    cells[policy.column] =
      policy.action === 'pseudonymise' && value !== null
        ? replaced({ column: policy.column, kind: policy.kind.name, value }, key)
        : value;
  }
  if (document.identifiers.length > 0) fillIn(cells, document.identifiers, key);
  if (source.data === undefined) cells[DELETED_COLUMN] = deletedAt(source.version) ?? null;
  cells[VERSION_COLUMN] = source.version.updateTime;
  cells[KEY_VERSION_COLUMN] = key.version;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand exists for the compiler alone
  return cells as Row;
}

/** Records that hold some are copied first: the document may be read under another key as well. */
function fillIn(cells: Record<string, Cell>, identifiers: readonly Identifier[], key: PseudonymKey): void {
  const copied = new Set<string | number>();
  for (const identifier of identifiers) {
    const { within = [], column } = identifier;
    const [top] = within;
    if (top !== undefined && !copied.has(top)) {
      cells[top] = structuredClone(cells[top] ?? null);
      copied.add(top);
    }
    const holder: unknown = within.reduce<unknown>((outer, step) => Reflect.get(Object(outer), step), cells);
    Reflect.set(Object(holder), column, replaced(identifier, key));
  }
}

function replaced({ column, kind, value }: Identifier, key: PseudonymKey): Cell {
  return typeof value === 'object'
    ? value.map((one) => key.pseudonym(column, kind, one))
    : key.pseudonym(column, kind, String(value));
}

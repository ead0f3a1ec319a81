// Fills in the pseudonyms: of the path's parameters and of the document's own identifiers. The only maker of a `Row`.
import { KEY_VERSION_COLUMN, VERSION_COLUMN } from '../pipelines/pipeline.ts';
import type { Identifier, Pipeline, PolicedDocument, Row } from '../pipelines/pipeline.ts';
import type { Cell } from '../pipelines/kinds.ts';
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
  for (const identifier of document.identifiers) cells[identifier.column] = replaced(identifier, key);
  cells[VERSION_COLUMN] = source.version.updateTime;
  cells[KEY_VERSION_COLUMN] = key.version;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand exists for the compiler alone
  return cells as Row;
}

function replaced({ column, kind, value }: Identifier, key: PseudonymKey): Cell {
  return typeof value === 'object'
    ? value.map((one) => key.pseudonym(column, kind, one))
    : key.pseudonym(column, kind, String(value));
}

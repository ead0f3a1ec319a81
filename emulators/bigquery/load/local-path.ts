// Where a job's file lies: only on this machine.
import { fileURLToPath } from 'node:url';
import { invalid, notImplemented } from '../errors.ts';

export function localPath(uri: unknown): string {
  if (typeof uri !== 'string') throw invalid('Required parameter is missing: URI');
  if (uri.startsWith('gs://')) throw notImplemented('Cloud Storage');
  if (uri.startsWith('file://')) return fileURLToPath(uri);
  throw invalid(`Source URI must be a file:// URI: ${uri}`);
}

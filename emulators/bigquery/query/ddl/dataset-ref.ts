// The dataset that a statement names.
import type { Environment } from '../environment.ts';

export function datasetRef(path: readonly string[], { projectId }: Environment) {
  const datasetId = path.at(-1)!;
  return { projectId: path.length > 1 ? path.slice(0, -1).join('.') : projectId, datasetId };
}

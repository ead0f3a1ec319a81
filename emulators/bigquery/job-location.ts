// Where a job ran: where its request says, else where its data lies. Outside of the multi-regions a job is
// found only by those who name its location.
import type { Catalog, Dataset } from './catalog.ts';
import { notFound } from './errors.ts';
import type { Outcome } from './query/outcome.ts';
import { recordOf, tableRefIn, textOf } from './request.ts';
import type { Body } from './request.ts';
import { LOCATION } from './resources.ts';

const MULTI_REGIONS = ['US', 'EU'];

export function jobLocation(
  catalog: Catalog,
  projectId: string,
  reference: Body,
  config: Body,
  outcome: Outcome | undefined,
): string {
  const data = [
    ...tablesOf(config),
    config['defaultDataset'],
    outcome?.written,
    outcome?.ddl?.target,
    ...(outcome?.referenced ?? []),
  ];
  const places = data.map((ref) => {
    const { projectId: project, datasetId } = recordOf(ref);
    const dataset = catalog.findDataset(textOf(project) ?? projectId, textOf(datasetId) ?? '');
    return textOf(dataset?.metadata['location']);
  });
  return textOf(reference['location']) || (places.find((place) => place !== undefined) ?? LOCATION);
}

export function isIn(location: string, { metadata }: Dataset): boolean {
  return (textOf(metadata['location']) ?? LOCATION).toUpperCase() === location.toUpperCase();
}

/** Throws when a job was told to run elsewhere than where its tables are. */
export function checkLocation(catalog: Catalog, projectId: string, location: string, config: Body): void {
  for (const ref of tablesOf(config).map((table) => tableRefIn(table, projectId))) {
    const dataset = ref && catalog.findDataset(ref.projectId, ref.datasetId);
    if (dataset && !isIn(location, dataset))
      throw notFound(`Dataset ${ref.projectId}:${ref.datasetId} was not found in location ${location}`);
  }
}

function tablesOf({ destinationTable, sourceTable, sourceTables }: Body): readonly unknown[] {
  return [destinationTable, sourceTable, ...(Array.isArray(sourceTables) ? sourceTables : [])];
}

/** Whether a request that names this location (or none) sees a job of that one. */
export function seesLocation(named: string | null | undefined, location: string): boolean {
  const place = location.toUpperCase();
  return named ? named.toUpperCase() === place : MULTI_REGIONS.includes(place);
}

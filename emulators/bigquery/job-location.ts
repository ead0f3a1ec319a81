// Where a job ran: where its request says, else where its data lies. Outside of the multi-regions a job is
// found only by those who name its location.
import type { Catalog } from './catalog.ts';
import type { Outcome } from './query/outcome.ts';
import { recordOf, textOf } from './request.ts';
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
  const { sourceTables } = config;
  const data = [
    config['destinationTable'],
    config['sourceTable'],
    Array.isArray(sourceTables) ? sourceTables[0] : undefined,
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

/** Whether a request that names this location (or none) sees a job of that one. */
export function seesLocation(named: string | null | undefined, location: string): boolean {
  const place = location.toUpperCase();
  return named ? named.toUpperCase() === place : MULTI_REGIONS.includes(place);
}

// Where functions may run, by the location of the Firestore database. A trigger is made in the database's location, and
// a location of several regions takes functions of its own regions alone.
// https://firebase.google.com/docs/firestore/locations

/** Regions in which a database of several regions keeps its data. */
export const MULTI_REGIONS: Readonly<Record<string, readonly string[]>> = {
  nam5: ['us-central1'],
  nam7: ['us-central1', 'us-east4'],
  eur3: ['europe-west1', 'europe-west4'],
};

export type RegionFit =
  { readonly fits: true } | { readonly fits: false; readonly isError: boolean; readonly message: string };

export function fitRegion(region: string, databaseLocation: string): RegionFit {
  const inside = MULTI_REGIONS[databaseLocation];
  if (inside) {
    if (inside.includes(region)) return { fits: true };
    const message = `SYNC_REGION is ${region}, and the database is in ${databaseLocation}: its trigger needs one of ${inside.join(', ')}`;
    return { fits: false, isError: true, message };
  }
  if (region === databaseLocation) return { fits: true };
  const message = `SYNC_REGION is ${region}, and the database is in ${databaseLocation}: each event crosses regions`;
  return { fits: false, isError: false, message };
}

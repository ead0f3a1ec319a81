// The parts of the suite and the ports they have when nobody says otherwise.

export type Part = 'firestore' | 'bigquery' | 'tasks' | 'functions' | 'hub';
export const PARTS: readonly Part[] = ['firestore', 'bigquery', 'tasks', 'functions', 'hub'];

export type Ports = Record<Part, number>;

export const DEFAULT_PORTS: Readonly<Ports> = {
  firestore: 8080,
  bigquery: 9050,
  tasks: 9499,
  functions: 5001,
  hub: 4400,
};

/** 0 picks a free port and takes no offset. */
export function choosePorts(wanted: Partial<Ports> = {}, offset = 0): Ports {
  const chosen = { ...DEFAULT_PORTS, ...wanted };
  for (const part of PARTS) if (chosen[part] !== 0) chosen[part] += offset;
  return chosen;
}

// The errors that clients see are the same for every service of the suite.
export * from '../shared/status.ts';

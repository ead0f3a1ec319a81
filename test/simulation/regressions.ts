// Tapes that once broke a promise. `npm run simulate -- --tape …` tells the story of one.

export interface Regression {
  readonly once: string;
  readonly tape: readonly number[];
}

const zeros = (n: number) => Array.from({ length: n }, () => 0);

export const regressions: readonly Regression[] = [
  {
    once: 'a late status moved the update time of a newer version, which a retry then sent as yet another one',
    // prettier-ignore
    tape: [0,0,0,0,0,0,0,0,0,1,0,0,0,1,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,2,0,0,0,1,0,0,3],
  },
  {
    once: 'the same, in edits of one document',
    // prettier-ignore
    tape: [0,0,0,0,0,0,0,0,1,1,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,1,0,0,0,3],
  },
  {
    once: 'an event that came again after its delivery, in an outage, left the status at failed',
    // prettier-ignore
    tape: [0,0,1,1,0,0,0,1,1,0,0,0,0,1,1,0,0,0,0,0,0,0,1,0,0,0,3,0,0,0,2,0,3,...zeros(31),1,0,0,0,2,0,0,0,0,0,0,0,0,2,0,0,0,1],
  },
];

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
  {
    once: 'a task that came again after its attempt had closed the failure and died left the status at failed',
    // prettier-ignore
    tape: [1,0,1,0,0,0,1,0,0,0,0,1,0,0,1,1,...zeros(11),2,1,0,0,0,0,0,0,0,4,...zeros(11),1,...zeros(15),1,...zeros(28),2],
  },
  {
    once: 'a zombie wrote failed over abandoned, of the same attempt',
    // prettier-ignore
    tape: [1,1,0,0,1,0,0,0,1,0,1,0,0,0,0,0,0,0,1,0,1,0,0,0,1,0,1,0,0,0,0,3,2,0,0,0,0,1,0,0,1,0,0,0,0,0,0,0,0,4,...zeros(77),2,0,0,2,...zeros(14),3,2],
  },
  {
    once: 'a zombie took a failure back to an older version, and spent the last attempt of the newer',
    // prettier-ignore
    tape: [0,1,1,1,0,0,0,0,1,0,0,0,0,1,0,1,0,0,0,0,0,0,1,0,0,0,0,2,0,0,0,4,0,3,...zeros(27),1,...zeros(12),1,56],
  },
];

// The longest tests begin first, so that none of them is left running alone at the end.
const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST = [
  'e2e/chaos',
  'simulation/zoo',
  'simulation/systematic',
  'e2e/schema-evolution',
  'e2e/keys',
  'e2e/reconcile',
  'cli/emulators',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.findIndex((name) => path.endsWith(`${name}.test.ts`));
      return place === -1 ? LONGEST.length : place;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- Jest's own method, and no array's
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
};

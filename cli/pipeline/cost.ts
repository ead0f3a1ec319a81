// `pipeline cost`: what the pipeline costs, beside the user's sample and Firebase's own extension, from measured
// figures and a dated price list. Reaches no service.
import path from 'node:path';
import { defineLocalVerb } from './verb.ts';
import { writeDocument } from './cost/document.ts';
import { estimate } from './cost/estimate.ts';
import { readMeasured, RESULTS } from './cost/measured.ts';
import { readPrices } from './cost/prices.ts';
import { describeEstimate } from './cost/report.ts';
import { toWorkload, WORKLOAD_FLAGS } from './cost/workload.ts';

export const costVerb = defineLocalVerb({
  name: 'cost',
  summary:
    'What a month costs on Google Cloud, line by line: ours, the sample that this began with, and the extension of\n' +
    'Firebase. From the figures of the benches; docs/cost.md says how.',
  flags: {
    ...WORKLOAD_FLAGS,
    breakdown: { help: 'Also what each quantity is for.' },
    results: { value: 'DIR', help: 'Results of the benches (default bench/results).' },
    doc: { help: 'Write the examples of docs/cost.md anew from them.' },
  },
  async run({ breakdown, results, doc, ...flags }) {
    const measured = readMeasured(results === undefined ? RESULTS : path.resolve(results));
    if (doc) {
      const file = writeDocument(measured, results);
      return { text: `Wrote the examples of ${file}.`, json: { file } };
    }
    const workload = toWorkload(flags);
    const found = estimate(workload, measured, readPrices(workload.region));
    return { text: describeEstimate(found, breakdown), json: toJson(found) };
  },
});

function toJson({
  workload,
  compiled,
  origin,
  variants,
  sensitivities,
}: ReturnType<typeof estimate>): unknown {
  const entries = Object.entries(variants).map(([name, { bill, uses }]) => {
    const lines = bill.lines.map(({ price, ...line }) => ({
      ...line,
      usdPerUnit: price?.usdPerUnit ?? null,
    }));
    return [name, { usdPerMonth: bill.usdPerMonth, lines, uses }];
  });
  return {
    workload,
    prices: compiled,
    measured: origin,
    perMonth: Object.fromEntries(entries),
    sensitivities,
  };
}

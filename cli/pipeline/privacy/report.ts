// `pipeline privacy report`: how many rows and persons of the real table stand alone, or nearly, for those who know
// something about them. Counts only, unless the values are asked for.
import { UsageError } from '../../args.ts';
import { paint, table } from '../../terminal.ts';
import { defineVerb } from '../verb.ts';
import { groupSizes, smallestGroups, type Group, type GroupSizes } from './group-sizes.ts';

const SHOWN = 10;

interface Report {
  readonly pipeline: string;
  readonly k: number;
  readonly sensitive: string;
  readonly combinations: readonly GroupSizes[];
  readonly smallest: readonly (Omit<Group, 'values'> & Partial<Group>)[];
}

export const privacyReportVerb = defineVerb({
  name: 'privacy report',
  summary:
    'How large the groups are that share their quasi-identifiers: whom somebody could tell from others who knows\n' +
    'these things about them. Reads the newest versions in BigQuery; shows counts.',
  flags: {
    pipeline: { value: 'NAME', help: 'Only that pipeline.' },
    k: {
      value: 'N',
      integer: { min: 1, max: 1_000_000 },
      help: 'Groups of fewer persons are small; without it as the pipeline says.',
    },
    'show-groups': {
      help: 'Also show the values of the smallest groups. They may point to a person: mind who reads them.',
    },
  },
  async run({ context, bigquery, config }, values) {
    const names = [...context.pipelines.keys()];
    if (values.pipeline !== undefined && !names.includes(values.pipeline)) {
      throw new UsageError(`--pipeline knows: ${names.join(', ')}.`);
    }
    const reports: Report[] = [];
    for (const pipeline of context.pipelines.values()) {
      if (values.pipeline !== undefined && values.pipeline !== pipeline.name) continue;
      const { reidentification } = pipeline;
      if (!reidentification) continue; // it speaks of no person
      const k = values.k ?? reidentification.k;
      const smallest = await smallestGroups(bigquery, config.dataset, pipeline, SHOWN);
      reports.push({
        pipeline: pipeline.name,
        k,
        sensitive: reidentification.sensitive,
        combinations: await groupSizes(bigquery, config.dataset, pipeline, k),
        smallest: values['show-groups']
          ? smallest
          : smallest.map(({ persons, rows, l }) => ({ persons, rows, l })),
      });
    }
    const text = reports.map(describe).join('\n\n');
    return { text: text === '' ? 'It speaks of no person.' : text, json: reports };
  },
});

function describe({ pipeline, k, sensitive, combinations, smallest }: Report): string {
  const all = combinations.at(-1);
  const parts = [
    paint('bold', `${pipeline}: ${all?.rows ?? 0} rows of ${all?.persons ?? 0} persons`),
    table([
      [
        'Who knows',
        'groups',
        'smallest (k)',
        `fewest ${sensitive} (l)`,
        'rows alone',
        'persons alone',
        `rows below ${k}`,
      ],
      ...combinations.map((sizes) => [
        sizes.known.join(', '),
        sizes.groups,
        sizes.k,
        sizes.l,
        share(sizes.aloneRows, sizes.rows),
        share(sizes.alonePersons, sizes.persons),
        share(sizes.smallRows, sizes.rows),
      ]),
    ]),
  ];
  if (smallest.length > 0) {
    const columns = Object.keys(smallest[0]?.values ?? {});
    parts.push(
      paint('bold', 'The smallest groups'),
      table([
        ['persons', 'rows', `${sensitive} (l)`, ...columns],
        ...smallest.map(({ persons, rows, l, values }) => [
          persons,
          rows,
          l,
          ...columns.map((column) => values?.[column] ?? 'NULL'),
        ]),
      ]),
    );
  }
  return parts.join('\n');
}

function share(part: number, of: number): string {
  return `${part} (${of === 0 ? 0 : Math.round((100 * part) / of)} %)`;
}

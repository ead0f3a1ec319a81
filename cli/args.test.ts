import { describe, expect, test } from '@jest/globals';
import { helpText, parseFlags, UsageError } from './args.ts';

const command = {
  usage: 'npm start -- [flags]',
  summary: 'Does it.',
  flags: {
    sessions: { value: 'N', integer: { min: 1, max: 10 }, default: '3', help: 'How many.' },
    input: { value: 'FILE', help: 'A file.' },
    once: { help: 'Only once.' },
    keep: { value: 'DIR', optional: true, help: 'Keeps it.' },
  },
} as const;

describe('flags', () => {
  test('have their defaults, numbers are numbers, switches are off', () => {
    const { values, help } = parseFlags(command, []);
    expect(values).toEqual({ sessions: 3, input: undefined, once: false, keep: undefined });
    expect(help).toBe(false);
  });

  test('are read in both spellings', () => {
    expect(parseFlags(command, ['--sessions=7', '--input', 'x.ndjson', '--once']).values).toEqual({
      sessions: 7,
      input: 'x.ndjson',
      once: true,
      keep: undefined,
    });
  });

  test.each([
    [['--keep'], ''],
    [['--keep', '--once'], ''],
    [['--keep=out'], 'out'],
    [['--keep', 'out'], 'out'],
  ])('whose value is optional are read from %j', (argv, expected) => {
    expect(parseFlags(command, argv).values.keep).toBe(expected);
  });

  test.each([
    [['--sessions', '0'], '--sessions wants a whole number from 1 to 10'],
    [['--sessions', '11'], '--sessions wants a whole number from 1 to 10'],
    [['--sessions', '1e1'], '--sessions wants a whole number from 1 to 10'],
    [['--sessions', ''], '--sessions wants a whole number from 1 to 10'],
    [['--sesions', '1'], "Unknown option '--sesions'"],
    [['--once=yes'], "'--once' does not take an argument"],
    [['left-over'], 'Unexpected argument'],
  ])('%j is refused with what is wanted', (argv, message) => {
    expect(() => parseFlags(command, argv)).toThrow(UsageError);
    expect(() => parseFlags(command, argv)).toThrow(message);
  });

  test('all stand in the help text, with their defaults', () => {
    expect(parseFlags(command, ['--help']).help).toBe(true);
    const text = helpText(command);
    for (const part of [
      'npm start -- [flags]',
      '--sessions N',
      'How many. (default 3)',
      '--input FILE',
      '--once',
      '--keep[=DIR]',
      '--help',
    ]) {
      expect(text).toContain(part);
    }
  });
});

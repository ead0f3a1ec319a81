import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const none = {
  numPassedTests: 0,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 0,
  numTodoTests: 0,
};

test.each([
  ['2 passed, 0 failed', { numPassedTests: 2 }],
  ['1 passed, 2 failed', { numPassedTests: 1, numFailedTests: 2 }],
  ['3 passed, 1 failed', { numPassedTests: 3, numRuntimeErrorTestSuites: 1 }],
  ['0 passed, 0 failed, 3 skipped', { numPendingTests: 1, numTodoTests: 2 }],
])('the last line of a run is "%s" when that is what happened', (line, results) => {
  const script = `
    const ClosingLine = require(${JSON.stringify(path.join(__dirname, 'reporter.cjs'))});
    new ClosingLine().onRunComplete(new Set(), ${JSON.stringify({ ...none, ...results })});
    console.log('what other reporters print');`;
  const printed = execFileSync(process.execPath, ['--eval', script]).toString();
  expect(printed).toBe(`what other reporters print\n${line}\n`);
});

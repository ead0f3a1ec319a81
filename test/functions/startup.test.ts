// What an instance loads: the built functions in a process of their own, as the cloud starts them.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = path.join(__dirname, '..', '..');

/** Packages of which the process has loaded a file after it ran `script`, with the exports of the functions as `f`. */
function packagesLoadedBy(script: string): readonly string[] {
  const program = `
    import { registerHooks } from 'node:module';
    const packages = new Set();
    registerHooks({
      load(url, context, next) {
        const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
        if (name) packages.add(name);
        return next(url, context);
      },
    });
    const f = await import('./dist/index.js');
    ${script}
    console.log(JSON.stringify([...packages]));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], GCLOUD_PROJECT: 'demo-local' },
  });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

describe('an instance that only hears of documents', () => {
  test('starts without a client and without the builders of functions', () => {
    expect(packagesLoadedBy('')).toEqual(['firebase-functions']); // its params
  });

  test('loads nothing more for a write that completes nothing', () => {
    const ended = 'if (f.session_onComplete({ data: Buffer.from([0x0a, 0]) }) !== undefined) throw 1;';
    expect(packagesLoadedBy(ended)).toEqual(['firebase-functions']);
  });
});

test('what describes the functions is there for whoever asks: a deployment, an emulator, a test', () => {
  const asked = "if (f.session_onComplete.__endpoint.platform !== 'gcfv2') throw 1;";
  expect(packagesLoadedBy(asked)).toContain('firebase-admin');
});

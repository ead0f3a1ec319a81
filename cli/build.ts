// `npm run build`: everything that `firebase deploy` uploads, in dist/: the compiled functions with their source
// maps, and a package.json and lock file with the dependencies exactly as they are tested here.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const source = path.join(root, 'functions');
const target = path.join(root, 'dist');

rmSync(target, { recursive: true, force: true });
const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', source], { stdio: 'inherit' });
if (compiled.status !== 0) {
  console.error('Cannot build: the functions do not compile (see above)');
  process.exit(1);
}

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { name, version, license, type, dependencies, devDependencies } = manifest;
// devDependencies stay listed, because `npm ci --omit=dev` compares package.json with the lock file first.
const deployed = {
  name,
  version,
  private: true,
  license,
  type,
  main: 'index.js',
  engines: { node: '22' },
  dependencies,
  devDependencies,
};
writeFileSync(path.join(target, 'package.json'), `${JSON.stringify(deployed, null, 2)}\n`);
copyFileSync(path.join(root, 'package-lock.json'), path.join(target, 'package-lock.json'));

// The official functions emulator looks for local secrets beside the code; firebase.json keeps them from being uploaded.
const secrets = path.join(source, '.secret.local');
if (existsSync(secrets)) copyFileSync(secrets, path.join(target, '.secret.local'));
if (!existsSync(path.join(target, 'index.js'))) {
  console.error('Cannot build: dist/index.js was not written');
  process.exit(1);
}

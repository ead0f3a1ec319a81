// `npm run build`: everything that `firebase deploy` uploads, in dist/: the compiled functions with their source
// maps, and a package.json and lock file with the dependencies exactly as they are tested here. It is made beside
// dist/ and takes its place in the end, unless it is the same: who runs the functions meanwhile is not disturbed.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const source = path.join(root, 'functions');
const dist = path.join(root, 'dist');
const target = mkdtempSync(path.join(root, '.dist-')); // as deep as dist/: source maps name their sources from there
process.once('exit', () => rmSync(target, { recursive: true, force: true }));

const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', source, '--outDir', target], { stdio: 'inherit' });
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
  console.error('Cannot build: index.js was not written');
  process.exit(1);
}

if (!isSame(dist, target)) {
  rmSync(dist, { recursive: true, force: true });
  renameSync(target, dist);
}

function isSame(a: string, b: string): boolean {
  if (!existsSync(a)) return false;
  const [ofA, ofB] = [a, b].map((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted(),
  );
  if (JSON.stringify(ofA) !== JSON.stringify(ofB)) return false;
  return (ofA ?? []).every((file) => {
    const [one, other] = [path.join(a, file), path.join(b, file)];
    return statSync(one).isDirectory() || readFileSync(one).equals(readFileSync(other));
  });
}

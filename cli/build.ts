// `npm run build`: everything that `firebase deploy` uploads, in dist/: the functions with their source maps, and a
// package.json and lock file with the dependencies exactly as they are tested here. Our own code and zod are bundled,
// readable and in pieces that load when they are needed: an instance that starts reads a few files instead of hundreds.
// It is made beside dist/ and takes its place in the end, unless it is the same: who runs the functions meanwhile is
// not disturbed.
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
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
const source = path.join(root, 'functions');
const dist = path.join(root, 'dist');
const target = mkdtempSync(path.join(root, '.dist-')); // as deep as dist/: source maps name their sources from there
process.once('exit', () => rmSync(target, { recursive: true, force: true }));

/** Google's clients stay as they are: they load parts of themselves in ways of their own. */
const BUNDLED = ['zod'];

const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const checked = spawnSync(process.execPath, [tsc, '-p', source], { stdio: 'inherit' });
if (checked.status !== 0) {
  console.error('Cannot build: the functions do not compile (see above)');
  process.exit(1);
}

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { name, version, license, type, dependencies, devDependencies } = manifest;

await build({
  entryPoints: [path.join(source, 'index.ts')],
  outdir: target,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  sourcemap: true,
  external: Object.keys(dependencies)
    .filter((dependency) => !BUNDLED.includes(dependency))
    .flatMap((dependency) => [dependency, `${dependency}/*`]),
  logLevel: 'warning',
});
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

// `npm run deploy -- --project ID`: checks what a deploy needs, builds, lets the Firebase CLI deploy, and makes the grants
// that need what was deployed. It creates no account, secret, queue or table: that is the script of docs/iam.md, and
// `pipeline provision`.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { readParamFiles } from '../emulators/functions/env-files.ts';
import { parseConfig } from '../functions/config.ts';
import { parseFlagsOrExit } from './args.ts';
import { accountsOf, checksOf, commandsOf, SECRET, toLine, type Command } from './deploy/plan.ts';
import { fitRegion } from './deploy/regions.ts';
import { functionNames } from './iam/verb.ts';
import { fail } from './local-suite.ts';
import { paint } from './terminal.ts';

const ROOT = path.join(import.meta.dirname, '..');
const FUNCTIONS = path.join(ROOT, 'functions');

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run deploy -- --project ID [flags]',
  summary:
    'Checks params, accounts, secret and region, builds, deploys functions and indexes, and lets Eventarc call them.\n' +
    'Needs gcloud and the Firebase CLI, both signed in. Exit code 1 when a check or a command fails, 2 for a wrong flag.',
  flags: {
    project: { value: 'ID', help: 'The project. Its params are in functions/.env and functions/.env.ID.' },
    firebase: {
      value: 'COMMAND',
      default: 'firebase',
      help: 'How the Firebase CLI is called, e.g. "npx firebase-tools@15".',
    },
    rules: { help: 'Deploy firestore.rules too. They replace those of the project: an app has its own.' },
    tests: { help: 'Run npm test first.' },
    'non-interactive': { help: 'For CI: every param must be in the .env files (.env.example has them all).' },
    'dry-run': { help: 'Print the commands, and run none.' },
    json: { help: 'With --dry-run: print them as one JSON object.' },
  },
});

if (flags.project === undefined) {
  console.error('--project is wanted. See --help.');
  process.exit(2);
}

try {
  process.exitCode = await deploy(flags.project);
} catch (error) {
  fail(error);
}

async function deploy(project: string): Promise<0 | 1> {
  const params = readParamFiles(FUNCTIONS, project);
  const { region } = parseConfig({ ...params, GCLOUD_PROJECT: project }); // names every malformed param at once
  const options = {
    project,
    region,
    firebase: flags.firebase.split(' '),
    functions: await functionNames(),
    rules: flags.rules,
    tests: flags.tests,
    nonInteractive: flags['non-interactive'],
  };
  const checks = checksOf(options);
  const commands = commandsOf(options);
  if (flags['dry-run']) {
    const all = [...Object.values(checks), ...commands];
    console.log(
      flags.json ? JSON.stringify({ commands: all.map(({ argv }) => argv) }) : all.map(describe).join('\n'),
    );
    return 0;
  }

  const problems: string[] = [];
  const warnings: string[] = [];
  const accounts = ask(checks.accounts);
  const missing = accountsOf(options).filter((account) => !accounts.includes(account));
  if (missing.length > 0) {
    problems.push(
      `These service accounts are missing: ${missing.join(', ')}. Run the script: npm run --silent pipeline -- iam --script --project ${project} > iam.sh; bash iam.sh`,
    );
  }
  if (ask(checks.secret).length === 0) {
    problems.push(
      `The secret ${SECRET} has no enabled version: openssl rand -base64 48 | ${flags.firebase} functions:secrets:set ${SECRET} --project ${project} --data-file -`,
    );
  }
  const fit = fitRegion(region, ask(checks.database)[0] ?? 'nowhere');
  if (!fit.fits) (fit.isError ? problems : warnings).push(fit.message);
  for (const warning of warnings) console.error(paint('yellow', `Note: ${warning}`));
  if (problems.length > 0) {
    console.error(paint('red', 'Not deployed:'));
    for (const problem of problems) console.error(`  ${problem}`);
    return 1;
  }

  for (const command of commands) {
    console.error(paint('bold', `${command.why}: ${toLine(command)}`));
    const [program, ...words] = command.argv;
    const { status, error } = spawnSync(program, words, { cwd: ROOT, stdio: 'inherit' });
    if (error) throw notFound(program, error);
    if (status !== 0) {
      console.error(
        paint('red', `"${command.why}" failed; nothing after it was done. Mend it, and deploy again.`),
      );
      return 1;
    }
  }
  const next = ['provision', 'doctor'].map((verb) => `npm run pipeline -- ${verb} --project ${project}`);
  console.error(`Deployed. Next: ${next.join(', then ')}`);
  return 0;
}

/** Lines of the answer. Throws when the project cannot be asked. */
function ask(check: Command): readonly string[] {
  const [program, ...words] = check.argv;
  const { status, stdout, stderr, error } = spawnSync(program, words, { cwd: ROOT, encoding: 'utf8' });
  if (error) throw notFound(program, error);
  if (status !== 0) {
    throw new Error(`Cannot check ${check.why}: ${toLine(check)} failed: ${stderr.trim()}`);
  }
  return stdout.split('\n').filter((line) => line !== '');
}

function notFound(program: string, cause: Error): Error {
  const remedy =
    program === 'gcloud'
      ? 'install the Google Cloud CLI, and sign in with "gcloud auth login"'
      : 'npm install --global firebase-tools@15, or --firebase "npx firebase-tools@15"';
  return new Error(`Cannot run "${program}": ${remedy}`, { cause });
}

function describe(command: Command): string {
  return `${toLine(command)}    # ${command.why}`;
}

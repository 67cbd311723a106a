/** `npm test`: every check of the repository, one after the other, and one last line that counts them. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { listFiles, ROOT } from './files.ts';
import { runProgram } from './program.ts';
import { lastLine, oneOutcome, type Outcome, readOutcome } from './results.ts';

const HELP = `Usage: npm test [-- --fresh] [-- --help]

Runs every check of the repository and ends with the line "N passed, N failed".

  format   prettier --check
  sync     the TypeScript references are those of the package.json files (nx sync:check)
  lint     oxlint with types, and the module boundaries
  types    tsc -b of every project, specs included
  tests    jest in every project; each test counts as one, a project that wrote no results as one failure
  docs     the examples, links and commands of the documentation (tools/src/check-docs.ts)
  layout   files and manifests follow the rules of the repository (tools/src/check-layout.ts)

All but the tests count as one each. The exit code is 1 if anything failed, 2 at wrong usage.

  --fresh  run everything again, without Nx's cache
  --help   this text
`;

const require = createRequire(import.meta.url);

/** A command of this repository: arguments of Node. */
type Command = readonly string[];

function nx(...args: readonly string[]): Command {
  return [join(dirname(require.resolve('nx/package.json')), 'dist/bin/nx.js'), ...args];
}

function tool(name: string): Command {
  return ['--import', import.meta.resolve('tsx'), join('tools/src', `${name}.ts`)];
}

/** Runs a command with its output shown as it comes; resolves to its exit code, 1 if it could not run or was killed. */
function run(title: string, command: Command): Promise<number> {
  console.log(`\n── ${title} ──`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: ROOT, stdio: 'inherit' });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** The folders with a package.json of their own that this repository's Nx runs tests in. */
function projectFolders(files: readonly string[]): readonly string[] {
  return files
    .filter((file) => /^(?:(?:packages|apps)\/[^/]+|tools)\/package\.json$/.test(file))
    .map((file) => dirname(file));
}

function resultsOf(folder: string): string {
  return join(ROOT, folder, '.results/jest.json');
}

async function runTests(fresh: readonly string[]): Promise<readonly Outcome[]> {
  const files = listFiles(ROOT);
  const folders = projectFolders(files);
  for (const folder of folders) rmSync(resultsOf(folder), { force: true });
  const code = await run('tests', nx('run-many', '-t', 'test', ...fresh));
  const outcomes = folders.map((folder) => {
    const path = resultsOf(folder);
    const hasTests = files.some((file) => file.startsWith(`${folder}/src/`) && file.endsWith('.spec.ts'));
    return readOutcome(folder, existsSync(path) ? readFileSync(path, 'utf8') : undefined, hasTests);
  });
  const explained = code === 0 || outcomes.some((outcome) => outcome.failed > 0);
  return explained
    ? outcomes
    : [...outcomes, oneOutcome('tests', false, `nx run-many -t test: exit code ${code}`)];
}

async function verify(fresh: readonly string[], outcomes: Outcome[]): Promise<void> {
  const check = async (name: string, command: Command) => {
    const code = await run(name, command);
    outcomes.push(oneOutcome(name, code === 0, `exit code ${code}; see its output above`));
  };
  await check('format', [require.resolve('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.']);
  await check('sync', nx('sync:check'));
  await check('lint', nx('run-many', '-t', 'lint', ...fresh));
  await check('types', nx('run-many', '-t', 'typecheck', ...fresh));
  outcomes.push(...(await runTests(fresh)));
  await check('docs', tool('check-docs'));
  await check('layout', tool('check-layout'));
}

function report(outcomes: readonly Outcome[]): void {
  console.log('\n── results ──');
  for (const { name, passed, failed, skipped, failures } of outcomes) {
    const notes = [
      `${passed} passed`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ];
    console.log(`${failed > 0 ? '✗' : '✓'} ${name}: ${notes.join(', ')}`);
    for (const failure of failures) console.log(`    ${failure}`);
  }
  console.log(lastLine(outcomes));
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' }, fresh: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const outcomes: Outcome[] = [];
  try {
    await verify(values.fresh ? ['--skip-nx-cache'] : [], outcomes);
  } catch (error) {
    outcomes.push(oneOutcome('npm test', false, error instanceof Error ? error.message : String(error)));
  }
  report(outcomes);
  return outcomes.some((outcome) => outcome.failed > 0) ? 1 : 0;
}

await runProgram(main);
// Called wrongly, it has checked nothing: that counts as one failure, for whoever reads only the last line.
if (process.exitCode === 2) console.log(lastLine([oneOutcome('npm test', false, 'wrong usage')]));

/** `check-layout`: the files and manifests follow the rules of the repository. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { listFiles, ROOT } from './files.ts';
import {
  APP_LIMITS,
  checkApps,
  checkDomains,
  checkProjectFiles,
  DOMAIN_PARTS,
  OPTIONAL_PARTS,
  TRAINED_PARTS,
} from './layout/domains.ts';
import { checkExports, checkVersions } from './layout/manifests.ts';
import { checkLengths, checkMachinePaths, checkNames, MAX_LINES } from './layout/sources.ts';
import { createWorkspace } from './layout/workspace.ts';
import { runProgram } from './program.ts';
import { formatProblem } from './problem.ts';

const HELP = `Usage: tsx tools/src/check-layout.ts [--help]

Checks the files and manifests of the repository:

  projects   have their configuration and src/index.ts; packages have a README
  domains    (tag type:domain) have ${DOMAIN_PARTS.join(', ')}
             and in src nothing else but ${OPTIONAL_PARTS.join(' and ')};
             with a trained model also ${TRAINED_PARTS.join(' and ')}, with model cards
  apps       have at most ${APP_LIMITS.files} source files and ${APP_LIMITS.lines} lines, specs apart
  manifests  export a source file and what the build makes of it, and agree on versions and licence
  files      have at most ${MAX_LINES} lines and kebab-case names that say what they hold; no text names a path of one machine

Prints the file of each problem; exit code 1 if there are any.
`;

const RULES = [
  checkProjectFiles,
  checkDomains,
  checkApps,
  checkExports,
  checkVersions,
  checkLengths,
  checkNames,
  checkMachinePaths,
];

function main(): number {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const workspace = createWorkspace(listFiles(ROOT), (file) => readFileSync(join(ROOT, file), 'utf8'));
  const problems = RULES.flatMap((rule) => rule(workspace));
  for (const problem of problems) console.error(formatProblem(problem));
  console.log(`layout: ${workspace.files.length} files, ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

await runProgram(main);

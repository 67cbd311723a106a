/** Type-checks and runs the examples of the documentation. */
import { fork, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../files.ts';
import { instrument } from './instrument.ts';
import type { Problem } from '../problem.ts';
import type { Message } from './run-blocks.ts';

/** An example: where it stands, its code, and the imports it leaves out, on one line. */
export type Example = {
  readonly file: string;
  readonly line: number;
  readonly code: string;
  readonly imports?: string;
};

const RUNNER = fileURLToPath(new URL('run-blocks.ts', import.meta.url));
const TIME_LIMIT_MS = 300_000;

/**
 * Type-checks the examples and runs them from source, each a module of its own, in as many processes as there are cores. Those of one
 * process run one after the other, and share what modules keep; one that ends the process takes the later ones with it.
 *
 * The modules stand in a folder under `node_modules/.cache`, so that imports resolve as in the repository; it is removed
 * afterwards. The working directory is the root of the repository.
 */
export async function checkExamples(examples: readonly Example[]): Promise<readonly Problem[]> {
  if (examples.length === 0) return [];
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'docs-'));
  try {
    const groups = groupsOf(examples, availableParallelism());
    const running = groups.map((group, index) => runExamples(group, join(folder, String(index))));
    const problems = [...typeCheck(examples, folder), ...orphans(examples)];
    return [...problems, ...(await Promise.all(running)).flat()];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** At most so many groups, those of one file together. */
function groupsOf(examples: readonly Example[], count: number): readonly (readonly Example[])[] {
  const files = [...new Set(examples.map(({ file }) => file))];
  const groups = Array.from({ length: count }, (_, group) =>
    examples.filter(({ file }) => files.indexOf(file) % count === group),
  );
  return groups.filter((group) => group.length > 0);
}

function orphans(examples: readonly Example[]): readonly Problem[] {
  return examples.flatMap(({ file, line, code }) =>
    instrument(code, line).orphans.map((orphan) => ({
      file,
      line: line + orphan - 1,
      message: '`// =>` must follow an expression or a `const` at the top level of the example',
    })),
  );
}

/** Line `n` of the module is line `n` of the page, so that messages of the compiler and stack traces name it. */
function atLine({ line, imports = '' }: Example, code: string): string {
  return `${imports}${'\n'.repeat(line - 1)}${code}\nexport {};\n`;
}

function typeCheck(examples: readonly Example[], folder: string): readonly Problem[] {
  for (const [index, example] of examples.entries()) {
    writeFileSync(join(folder, `types-${index}.mts`), atLine(example, example.code));
  }
  const config = {
    extends: join(ROOT, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      composite: false,
      noUnusedLocals: false,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
    },
    files: examples.map((_, index) => `types-${index}.mts`),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('@equilibria/tsc/package.json')),
    'bin/tsc',
  );
  const { status, stdout, error } = spawnSync(
    process.execPath,
    [compiler, '-p', folder, '--pretty', 'false'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  if (status === 0) return [];
  const problems = stdout.split('\n').flatMap((text) => {
    const [, index, line, message = ''] = /types-(\d+)\.mts\((\d+),\d+\): (.*)/.exec(text) ?? [];
    const example = examples[Number(index)];
    return example ? [{ file: example.file, line: Number(line), message }] : [];
  });
  if (problems.length > 0) return problems;
  return [
    {
      file: 'tsconfig.base.json',
      message: `the examples were not type-checked: ${error?.message ?? stdout.split('\n').slice(0, 3).join(' ')}`,
    },
  ];
}

async function runExamples(examples: readonly Example[], folder: string): Promise<readonly Problem[]> {
  mkdirSync(folder);
  const paths = new Map<string, Example>();
  for (const example of examples) {
    const path = join(folder, `run-${paths.size}-${example.line}.mts`);
    writeFileSync(path, atLine(example, instrument(example.code, example.line).code));
    paths.set(path, example);
  }
  const problems: Problem[] = [];
  const child = fork(RUNNER, [...paths.keys()], {
    cwd: ROOT,
    execArgv: ['--import', import.meta.resolve('tsx'), '--conditions=@equilibria/source'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: TIME_LIMIT_MS,
  });
  const errors: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  let done = false;
  let current = examples[0]!;
  child.on('message', (message: Message) => {
    if ('done' in message) done = true;
    else if ('begun' in message) current = paths.get(message.begun)!;
    else {
      const { file, line } = paths.get(message.path)!;
      problems.push({ file, line: message.line || line, message: message.message });
    }
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      const last = errors.join('').trim().split('\n').slice(-3).join(' ');
      const end = signal === null ? `exit code ${code}` : `${signal}; the limit is ${TIME_LIMIT_MS / 1000} s`;
      const { file, line } = current;
      if (!done) problems.push({ file, line, message: `the examples ended early here (${end}). ${last}` });
      resolve(problems);
    });
  });
}

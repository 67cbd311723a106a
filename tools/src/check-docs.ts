/** `check-docs`: the examples, links and commands of the documentation hold. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkExamples, type Example } from './docs/examples.ts';
import { docExamples, exportedValues, importsFor, noRunReason, parseMarkdown } from './docs/blocks.ts';
import { anchorsOf, brokenLinks, type Repository, unknownScripts } from './docs/references.ts';
import { listFiles, ROOT } from './files.ts';
import { runProgram } from './program.ts';
import { formatProblem, type Problem } from './problem.ts';

const HELP = `Usage: tsx tools/src/check-docs.ts [--help] [FILE...]

Checks the documentation: every Markdown file at the root, under docs/ and at the top of a package or an app, and the doc
comments of packages/*/src. With FILEs (relative to the root) it checks only those.

  examples   Every \`\`\`ts block is type-checked and run from source, as a module of its own. A line "expression; // => value"
             (or the comment below it) is compared: white space and quotes do not matter, numbers with a point or an exponent
             agree to the precision printed, integers are exact, a tensor reads as nested arrays. A block that cannot run
             says why: \`\`\`ts no-run: reason
             An @example with "// =>" in a doc comment of packages/*/src is run too; it finds tf and what its package
             exports without importing them.
  links      Relative links and their headings exist.
  commands   "npm run x" names a script of the root package.json.

Prints file:line of each problem; exit code 1 if there are any.
`;

const PAGES = /^(?:[^/]+|docs\/.+|(?:packages|apps)\/[^/]+\/[^/]+)\.md$/;
const SOURCES = /^packages\/[^/]+\/src\/.*(?<!\.spec)\.ts$/;
const OTHER_SPELLINGS = /^(?:typescript|js|javascript|mjs|mts|tsx)\b/;

function repository(files: readonly string[]): Repository {
  const manifest: { scripts: Record<string, string> } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  return {
    has: (path) => files.includes(path) || existsSync(join(ROOT, path)),
    anchors: (path) => anchorsOf(parseMarkdown(readFileSync(join(ROOT, path), 'utf8'))),
    scripts: new Set(Object.keys(manifest.scripts)),
  };
}

function examplesOfPage(file: string, text: string): { examples: Example[]; problems: Problem[] } {
  const examples: Example[] = [];
  const problems: Problem[] = [];
  for (const { info, line, code } of parseMarkdown(text).blocks) {
    const reason = noRunReason(info);
    const problem = (message: string) => problems.push({ file, line: line - 1, message });
    if (info === 'ts') examples.push({ file, line, code });
    else if (reason === '') problem('ts no-run must give a reason: ```ts no-run: reason');
    else if (reason === undefined && (/^ts\b/.test(info) || OTHER_SPELLINGS.test(info))) {
      problem(`a code block is \`\`\`ts or \`\`\`ts no-run: reason; got ${info}`);
    }
  }
  return { examples, problems };
}

function examplesOfSource(file: string, text: string): readonly Example[] {
  const folder = file.split('/').slice(0, 2).join('/');
  const { name }: { name: string } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const read = (specifier: string) => readFileSync(join(ROOT, folder, 'src', specifier), 'utf8');
  const exported = exportedValues(read('index.ts'), read);
  return docExamples(text).map(({ line, code }) => ({
    file,
    line,
    code,
    imports: importsFor(code, name, exported),
  }));
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const files = listFiles(ROOT);
  const chosen =
    positionals.length > 0 ? positionals : files.filter((file) => PAGES.test(file) || SOURCES.test(file));
  const known = repository(files);
  const problems: Problem[] = [];
  const examples: Example[] = [];
  for (const file of chosen) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    if (file.endsWith('.ts')) examples.push(...examplesOfSource(file, text));
    else {
      const found = examplesOfPage(file, text);
      examples.push(...found.examples);
      problems.push(...found.problems, ...brokenLinks(file, parseMarkdown(text), known));
      problems.push(...unknownScripts(file, text, known));
    }
  }
  problems.push(...(await checkExamples(examples)));
  for (const problem of problems) console.error(formatProblem(problem));
  const pages = chosen.filter((file) => file.endsWith('.md')).length;
  console.log(`docs: ${pages} pages, ${examples.length} examples run, ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

await runProgram(main);

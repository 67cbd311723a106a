import {
  APP_LIMITS,
  checkApps,
  checkDomains,
  checkProjectFiles,
  DOMAIN_PARTS,
  PROJECT_FILES,
} from './domains.ts';
import { checkExports, checkVersions } from './manifests.ts';
import { checkLengths, checkMachinePaths, checkNames, MAX_LINES } from './sources.ts';
import { createWorkspace, type Manifest, type Workspace } from './workspace.ts';
import type { Problem } from '../problem.ts';

const entry = {
  '@equilibria/source': './src/index.ts',
  types: './dist/index.d.ts',
  default: './dist/index.js',
};

const domain: Manifest = {
  name: '@equilibria/lp-solver',
  version: '0.1.0',
  license: 'Apache-2.0',
  files: ['dist'],
  exports: { '.': entry, './package.json': './package.json' },
  nx: { tags: ['type:lib', 'type:domain', 'scope:lp-solver'] },
};

function workspaceOf(files: Readonly<Record<string, string>>): Workspace {
  return createWorkspace(Object.keys(files), (file) => files[file] ?? '');
}

function domainWith(extra: readonly string[] = [], without = '', manifest: Manifest = domain): Workspace {
  const parts = DOMAIN_PARTS.map((part) => (part.endsWith('/') ? `${part}pdhg.ts` : part));
  const paths = [...PROJECT_FILES, 'README.md', ...parts, ...extra].filter((path) => path !== without);
  const files = paths.map((path) => [
    `packages/lp-solver/${path}`,
    path === 'package.json' ? JSON.stringify(manifest) : '',
  ]);
  return workspaceOf(Object.fromEntries(files));
}

const messages = (problems: readonly Problem[]) => problems.map(({ message }) => message);

describe('checkProjectFiles', () => {
  it('accepts a complete package and names a missing README', () => {
    expect(checkProjectFiles(domainWith())).toEqual([]);
    expect(messages(checkProjectFiles(domainWith([], 'README.md')))).toEqual([
      'a project has README.md; it is missing',
    ]);
  });
});

describe('checkDomains', () => {
  it('accepts the layout of the style guide, with specs and with a trained model', () => {
    expect(
      checkDomains(domainWith(['src/problem.spec.ts', 'src/reading/mps.ts', 'src/baselines/fixtures/a.lp'])),
    ).toEqual([]);
    expect(
      checkDomains(domainWith(['src/training/train.ts', 'checkpoints/a.md', 'checkpoints/a.safetensors'])),
    ).toEqual([]);
  });

  it('does not take a spec for the part it tests', () => {
    const workspace = domainWith(['src/equilibria/other.spec.ts'], 'src/equilibria/pdhg.ts');
    expect(messages(checkDomains(workspace))).toEqual(['a domain has src/equilibria/; it is missing']);
  });

  it('names a folder that the other domains do not have', () => {
    expect(checkDomains(domainWith(['src/extras/a.ts'])).map(({ file }) => file)).toEqual([
      'packages/lp-solver/src/extras/a.ts',
    ]);
  });

  it('asks for training and checkpoints together, and for model cards', () => {
    const both = 'a domain has both or none of src/training/ and checkpoints/';
    expect(messages(checkDomains(domainWith(['src/training/train.ts'])))).toEqual([both]);
    expect(messages(checkDomains(domainWith(['src/training/train.ts', 'checkpoints/a.bin'])))).toEqual([
      'checkpoints/ holds a model card (.md) for its models; there is none',
    ]);
  });

  it('asks for the tag that guards its boundary', () => {
    const untagged = { ...domain, nx: { tags: ['type:domain'] } };
    expect(messages(checkDomains(domainWith([], '', untagged)))).toEqual([
      'a domain is tagged scope:lp-solver; it is not',
    ]);
  });
});

describe('checkApps', () => {
  const appWith = (lines: number) => {
    const manifest = JSON.stringify({ name: 'app', version: '0.1.0', nx: { tags: ['type:app'] } });
    return workspaceOf({ 'apps/a/package.json': manifest, 'apps/a/src/main.ts': 'x\n'.repeat(lines) });
  };

  it('accepts an app at the limit and refuses one beyond it', () => {
    expect(checkApps(appWith(APP_LIMITS.lines))).toEqual([]);
    expect(checkApps(appWith(APP_LIMITS.lines + 1))).toHaveLength(1);
  });
});

describe('checkExports', () => {
  it('accepts entries that the build makes', () => {
    expect(checkExports(domainWith())).toEqual([]);
  });

  it('names a path that the build does not make, and a source that is not there', () => {
    const wrong = { ...domain, exports: { '.': { ...entry, types: './dist/main.d.ts' } } };
    expect(messages(checkExports(domainWith([], '', wrong)))).toEqual([
      'exports["."].types must be ./dist/index.d.ts, which ./src/index.ts builds; got ./dist/main.d.ts',
    ]);
    const missing = {
      ...domain,
      exports: { './testing': { ...entry, '@equilibria/source': './src/testing.ts' } },
    };
    expect(messages(checkExports(domainWith([], '', missing)))).toEqual([
      'exports["./testing"] must name a source file of src/ as @equilibria/source; got "./src/testing.ts"',
    ]);
  });

  it('asks for an entry, and for dist in the package', () => {
    const bare: Manifest = { name: 'a', version: '0.1.0' };
    expect(messages(checkExports(domainWith([], '', bare)))).toEqual([
      'exports must have an entry',
      'files must include dist',
    ]);
  });
});

describe('checkVersions', () => {
  it('asks for the present version of another package', () => {
    const workspace = (range: string) =>
      workspaceOf({
        'packages/core/package.json': JSON.stringify({
          name: 'core',
          version: '0.2.0',
          license: 'Apache-2.0',
        }),
        'packages/lp/package.json': JSON.stringify({
          name: 'lp',
          version: '0.2.0',
          license: 'Apache-2.0',
          dependencies: { core: range, zod: '1' },
        }),
      });
    expect(checkVersions(workspace('0.2.0'))).toEqual([]);
    expect(messages(checkVersions(workspace('0.1.0')))).toEqual(['depends on core as "0.2.0"; got "0.1.0"']);
  });

  it('keeps apps private and everything under one licence', () => {
    const manifest = JSON.stringify({ name: 'a', version: '0.1.0' });
    expect(messages(checkVersions(workspaceOf({ 'apps/a/package.json': manifest })))).toEqual([
      'license must be Apache-2.0; got undefined',
      'packages/ are published, apps and tools are private',
    ]);
  });
});

describe('the rules of files', () => {
  it('refuse a file that is too long, unless it is generated', () => {
    const long = 'x\n'.repeat(MAX_LINES + 1);
    const problems = checkLengths(
      workspaceOf({ 'a/long.ts': long, 'a/gen/pb.ts': long, 'a/fits.ts': 'x\n'.repeat(MAX_LINES) }),
    );
    expect(problems.map(({ file }) => file)).toEqual(['a/long.ts']);
  });

  it('refuse names that say nothing or are not kebab-case', () => {
    const names = [
      'utils.ts',
      'helper.ts',
      'base-solver.ts',
      'whileLoop.ts',
      'while-loop.ts',
      'while-loop.spec.ts',
      'jest.config.mjs',
    ];
    const problems = checkNames(workspaceOf(Object.fromEntries(names.map((name) => [`src/${name}`, '']))));
    expect(problems.map(({ file }) => file)).toEqual(names.slice(0, 4).map((name) => `src/${name}`));
  });

  it('refuse a path of one machine, and name its line', () => {
    const home = ['', 'home', 'ada', 'data'].join('/');
    const text = `see https://example.org/home/page\nread ${home}\nDATA/lp/afiro.mps`;
    expect(checkMachinePaths(workspaceOf({ 'docs/a.md': text }))).toEqual([
      { file: 'docs/a.md', line: 2, message: `names a path of one machine (${home.slice(0, 7)}…)` },
    ]);
  });
});

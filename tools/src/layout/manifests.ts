/** A package can be packed and used: its manifest points to files that its build makes. */
import type { Problem } from '../problem.ts';
import { filesOf, type Manifest, type Project, type Workspace } from './workspace.ts';

/**
 * The `exports` of every project name, for each entry, a source file and what `tsc` makes of it: `src/x.ts` becomes
 * `dist/x.js` and `dist/x.d.ts`; `files` ships `dist`.
 */
export function checkExports(workspace: Workspace): readonly Problem[] {
  return workspace.projects.flatMap((project) => {
    const file = `${project.folder}/package.json`;
    const entries = Object.entries(project.manifest.exports ?? {}).filter(
      ([key]) => key !== './package.json',
    );
    const problems = entries.flatMap(([key, entry]) =>
      checkEntry(filesOf(workspace, project), key, typeof entry === 'string' ? { default: entry } : entry),
    );
    if (entries.length === 0) problems.push('exports must have an entry');
    if (!project.manifest.files?.includes('dist')) problems.push('files must include dist');
    return problems.map((message) => ({ file, message }));
  });
}

function checkEntry(
  files: readonly string[],
  key: string,
  entry: Readonly<Record<string, string>>,
): string[] {
  const source = entry['@equilibria/source'] ?? '';
  if (!source.startsWith('./src/') || !files.includes(source.slice(2))) {
    return [`exports["${key}"] must name a source file of src/ as @equilibria/source; got "${source}"`];
  }
  const built = source.replace('./src/', './dist/').replace(/\.ts$/, '');
  const wanted = { types: `${built}.d.ts`, default: `${built}.js` };
  return Object.entries(wanted).flatMap(([condition, path]) =>
    entry[condition] === path
      ? []
      : [`exports["${key}"].${condition} must be ${path}, which ${source} builds; got ${entry[condition]}`],
  );
}

/** Packages can be published: not private, licensed, and they name the other packages at their present version. */
export function checkVersions({ projects }: Workspace): readonly Problem[] {
  const versions = new Map(projects.map(({ manifest }) => [manifest.name, manifest.version]));
  return projects.flatMap((project) => versionProblems(project, versions));
}

function versionProblems(
  { folder, manifest }: Project,
  versions: ReadonlyMap<string, string>,
): readonly Problem[] {
  const file = `${folder}/package.json`;
  const published = folder.startsWith('packages/');
  const own = Object.entries(manifest.dependencies ?? {}).filter(([name]) => versions.has(name));
  const isRight = (name: string, range: string) => range === (published ? versions.get(name) : '*');
  return [
    ...own
      .filter(([name, range]) => !isRight(name, range))
      .map(
        ([name, range]) => `depends on ${name} as "${published ? versions.get(name) : '*'}"; got "${range}"`,
      ),
    ...licenceProblems(manifest, published),
  ].map((message) => ({ file, message }));
}

function licenceProblems(
  { license, private: isPrivate = false }: Manifest,
  published: boolean,
): readonly string[] {
  return [
    ...(license === 'Apache-2.0' ? [] : [`license must be Apache-2.0; got ${license}`]),
    ...(isPrivate === !published ? [] : ['packages/ are published, apps and tools are private']),
  ];
}

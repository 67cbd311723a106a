/** The domain packages have one layout, the apps are thin. */
import type { Problem } from '../problem.ts';
import { filesOf, tagsOf, type Workspace } from './workspace.ts';

/** Files that every project has. */
export const PROJECT_FILES = [
  'package.json',
  'tsconfig.json',
  'tsconfig.lib.json',
  'tsconfig.spec.json',
  'jest.config.mjs',
  'src/index.ts',
] as const;

/** Files and folders that every domain has besides; a folder holds at least one source file. */
export const DOMAIN_PARTS = [
  'src/problem.ts',
  'src/equilibria/',
  'src/datasets/',
  'src/baselines/',
  'src/evaluation/',
] as const;

/** Where a domain keeps what only it needs: the parts of its problem, and the file formats it reads. */
export const OPTIONAL_PARTS = ['src/problem/', 'src/reading/'] as const;

/** What a domain has as soon as it ships a trained model: both, or neither. */
export const TRAINED_PARTS = ['src/training/', 'checkpoints/'] as const;

/** Most source files, specs apart, that an app may have, and most lines of them together. */
export const APP_LIMITS = { files: 20, lines: 2000 } as const;

/** Every project has its configuration and entry; every package its README. */
export function checkProjectFiles(workspace: Workspace): readonly Problem[] {
  return workspace.projects.flatMap((project) => {
    const files = filesOf(workspace, project);
    const wanted = [...PROJECT_FILES, ...(project.folder.startsWith('packages/') ? ['README.md'] : [])];
    return wanted
      .filter((file) => !files.includes(file))
      .map((file) => ({ file: project.folder, message: `a project has ${file}; it is missing` }));
  });
}

/**
 * A domain has `DOMAIN_PARTS`, either both or none of `TRAINED_PARTS`, if needed `OPTIONAL_PARTS`, and nothing else in src; each checkpoint has a model
 * card, a Markdown file beside it.
 */
export function checkDomains(workspace: Workspace): readonly Problem[] {
  const domains = workspace.projects.filter((project) => tagsOf(project).includes('type:domain'));
  return domains.flatMap((project) => {
    const files = filesOf(workspace, project);
    const sources = files.filter((file) => !file.endsWith('.spec.ts'));
    const has = (part: string) =>
      sources.some((file) => (part.endsWith('/') ? file.startsWith(part) : file === part));
    const problem = (message: string) => ({ file: project.folder, message });
    const scope = `scope:${project.folder.split('/')[1]}`;
    const allowed: readonly string[] = ['src/index.ts', ...DOMAIN_PARTS, ...OPTIONAL_PARTS, ...TRAINED_PARTS];
    const isAllowed = (file: string) =>
      allowed.some((part) =>
        part.endsWith('/')
          ? file.startsWith(part)
          : file === part || file === part.replace('.ts', '.spec.ts'),
      );
    return [
      ...(tagsOf(project).includes(scope) ? [] : [problem(`a domain is tagged ${scope}; it is not`)]),
      ...DOMAIN_PARTS.filter((part) => !has(part)).map((part) =>
        problem(`a domain has ${part}; it is missing`),
      ),
      ...(has(TRAINED_PARTS[0]) === has(TRAINED_PARTS[1])
        ? []
        : [problem(`a domain has both or none of ${TRAINED_PARTS.join(' and ')}`)]),
      ...(has('checkpoints/') && !files.some((file) => /^checkpoints\/.*\.md$/.test(file))
        ? [problem('checkpoints/ holds a model card (.md) for its models; there is none')]
        : []),
      ...files
        .filter((file) => file.startsWith('src/') && !isAllowed(file))
        .map((file) => ({
          file: `${project.folder}/${file}`,
          message: `in a domain src holds only ${allowed.filter((part) => part.startsWith('src/')).join(', ')}`,
        })),
    ];
  });
}

/** An app parses arguments, calls packages and writes files: it stays within `APP_LIMITS`. */
export function checkApps(workspace: Workspace): readonly Problem[] {
  const apps = workspace.projects.filter((project) => tagsOf(project).includes('type:app'));
  return apps.flatMap((project) => {
    const sources = filesOf(workspace, project).filter((file) => /^src\/.*(?<!\.spec)\.ts$/.test(file));
    const lines = sources
      .map((file) => workspace.read(`${project.folder}/${file}`).split('\n').length - 1)
      .reduce((total, count) => total + count, 0);
    const within = sources.length <= APP_LIMITS.files && lines <= APP_LIMITS.lines;
    const message = `an app has at most ${APP_LIMITS.files} files and ${APP_LIMITS.lines} lines; it has ${sources.length} and ${lines}. Move work into a package.`;
    return within ? [] : [{ file: project.folder, message }];
  });
}

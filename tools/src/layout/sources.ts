/** House rules that hold for every file: length, names, and nothing that names a machine. */
import type { Problem } from '../problem.ts';
import type { Workspace } from './workspace.ts';

/** Most lines of a source file. */
export const MAX_LINES = 400;

const SOURCE = /\.(?:ts|mts|mjs)$/;
const GENERATED = /(?:^|\/)gen\//;
const TEXT = /\.(?:ts|mts|mjs|json|md|bib|yml|html|css|sh)$|(?:^|\/)(?:NOTICE|run)$/;
const FORBIDDEN_NAME = /^(?:utils?|helpers?|common|misc|shared)\.|^(?:base|abstract)-/;
const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/;
const MACHINE_PATH = /(?<![\w.:/*])\/(?:home|root|Users|work|mnt)\/\w|\b[A-Z]:\\Users\b/;

function sourcesOf({ files }: Workspace): readonly string[] {
  return files.filter((file) => SOURCE.test(file) && !GENERATED.test(file));
}

/** No source file is longer than `MAX_LINES`, generated ones apart. */
export function checkLengths(workspace: Workspace): readonly Problem[] {
  return sourcesOf(workspace).flatMap((file) => {
    const lines = workspace.read(file).split('\n').length - 1;
    const message = `a file has at most ${MAX_LINES} lines; it has ${lines}. Give its ideas files of their own.`;
    return lines > MAX_LINES ? [{ file, message }] : [];
  });
}

/** File names are kebab-case and say what the file holds. */
export function checkNames(workspace: Workspace): readonly Problem[] {
  return sourcesOf(workspace).flatMap((file) => {
    const name = file.split('/').at(-1) ?? '';
    if (FORBIDDEN_NAME.test(name))
      return [{ file, message: 'a file is named after what it holds, not utils, helpers or base' }];
    return KEBAB_CASE.test(name) ? [] : [{ file, message: 'a file name is kebab-case' }];
  });
}

/** No text names a folder of one person's machine. */
export function checkMachinePaths(workspace: Workspace): readonly Problem[] {
  return workspace.files
    .filter((file) => TEXT.test(file) && !GENERATED.test(file) && file !== 'package-lock.json')
    .flatMap((file) =>
      workspace
        .read(file)
        .split('\n')
        .flatMap((text, index) => {
          const found = MACHINE_PATH.exec(text)?.[0];
          return found === undefined
            ? []
            : [{ file, line: index + 1, message: `names a path of one machine (${found}…)` }];
        }),
    );
}

/** What the layout rules see of the repository: its files, and its manifests read once. */

/** The fields of a package.json that the rules read. */
export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
};

/** A project: its folder, as in `packages/core`, and its manifest. */
export type Project = { readonly folder: string; readonly manifest: Manifest };

/** The repository. */
export type Workspace = {
  /** Paths relative to the root, with forward slashes; nothing that tools generate. */
  readonly files: readonly string[];
  readonly projects: readonly Project[];
  /** The text of one of `files`. */
  readonly read: (file: string) => string;
};

const MANIFEST = /^((?:packages|apps)\/[^/]+|tools)\/package\.json$/;

/** Reads the manifests of the projects among `files`. */
export function createWorkspace(files: readonly string[], read: (file: string) => string): Workspace {
  const projects = files.flatMap((file) => {
    const folder = MANIFEST.exec(file)?.[1];
    return folder === undefined ? [] : [{ folder, manifest: JSON.parse(read(file)) as Manifest }];
  });
  return { files, projects, read };
}

/** The tags of a project, as in `type:domain`. */
export function tagsOf({ manifest }: Project): readonly string[] {
  return manifest.nx?.tags ?? [];
}

/** The files of a project, relative to its folder. */
export function filesOf({ files }: Workspace, { folder }: Project): readonly string[] {
  return files.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1));
}

/** What a reader must know of a run to repeat it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DataError } from '@equilibria/compile';
import type { RunDescription } from './results.ts';

/** What only the caller knows of its run. */
export type RunFacts = Pick<RunDescription, 'seed' | 'config' | 'backend' | 'dtype' | 'wallTimeMs'> & {
  /** A folder in the git checkout whose commit is told; default that of `manifest`. */
  readonly folder?: string;
  /** The package.json of the program that runs, as a file URL, whose dependencies are told; default core's own. */
  readonly manifest?: URL;
};

/** Packages of this scope are followed to what they depend on. */
const SCOPE = '@equilibria/';

/**
 * Completes a caller's facts by the commit, the machine and the versions: of Node, of the package of `manifest`, of every
 * `@equilibria` package it depends on, directly or through another one, and of the direct dependencies of all of these.
 *
 * Nothing in it names the machine or its user.
 * @throws {DataError} if a dependency is not installed.
 */
export async function describeRun(facts: RunFacts): Promise<RunDescription> {
  const { manifest, folder = folderOf(manifest), ...given } = facts;
  const [commit, versions] = await Promise.all([commitOf(folder), installedVersions(manifest)]);
  return { ...given, commit, versions, machine: describeMachine() };
}

function folderOf(manifest: URL | undefined): string {
  return dirname(manifest === undefined ? ownManifest() : fileURLToPath(manifest));
}

function ownManifest(): string {
  return createRequire(import.meta.url).resolve('@equilibria/core/package.json');
}

function describeMachine(): RunDescription['machine'] {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    platform: `${platform()} ${release()} ${arch()}`,
  };
}

/** Null where there is no git, or no checkout: that is an answer, not a failure. */
async function commitOf(folder: string): Promise<string | null> {
  const args = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  return promisify(execFile)('git', args, { cwd: folder }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

async function installedVersions(manifest: URL | undefined): Promise<Record<string, string>> {
  const versions = new Map([['node', process.versions.node]]);
  const follow = async (path: string): Promise<void> => {
    const { name, version, dependencies = {} } = await readManifest(path);
    versions.set(name, version);
    if (path !== start && !name.startsWith(SCOPE)) return;
    for (const dependency of Object.keys(dependencies)) {
      if (!versions.has(dependency)) await follow(await manifestOf(dependency, path));
    }
  };
  const start = manifest === undefined ? ownManifest() : fileURLToPath(manifest);
  await follow(start);
  return Object.fromEntries(versions);
}

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
};

async function readManifest(path: string): Promise<Manifest> {
  return JSON.parse(await readFile(path, 'utf8')) as Manifest;
}

/** Found as Node finds packages, but by folder: most packages do not export their manifest. */
async function manifestOf(dependency: string, dependent: string): Promise<string> {
  for (let folder = dirname(dependent); ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', dependency, 'package.json');
    if (existsSync(path)) return realpath(path);
    if (folder === dirname(folder)) break;
  }
  throw new DataError(`describeRun: ${dependency}, on which ${dependent} depends, must be installed.`);
}

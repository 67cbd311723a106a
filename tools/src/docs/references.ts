/** Checks what a page refers to: files, headings, npm scripts. */
import { dirname, posix } from 'node:path';
import type { Document } from './blocks.ts';
import type { Problem } from '../problem.ts';

/** What the checks need to know of the repository. */
export type Repository = {
  /** Whether a file or folder exists; paths relative to the root, with forward slashes. */
  readonly has: (path: string) => boolean;
  /** The headings of a Markdown file of the repository, as GitHub's anchors. */
  readonly anchors: (path: string) => ReadonlySet<string>;
  /** The scripts of the root package.json. */
  readonly scripts: ReadonlySet<string>;
};

const LINK = /\[[^\]]*\]\(\s*<?([^\s)>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*<?([^\s>]+)|(?:src|href)="([^"]+)"/g;
const ELSEWHERE = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;
const SCRIPT = /\bnpm (?:run|run-script)(?: -{1,2}[a-z][\w-]*)* ([\w:.-]+)|\bnpm (start|test)\b/g;

/** The relative links of a page that lead nowhere. Links to other sites are not followed. */
export function brokenLinks(file: string, { prose }: Document, repository: Repository): readonly Problem[] {
  return prose.flatMap((text, index) => {
    const targets = [...text.replaceAll(/`[^`]*`/g, '').matchAll(LINK)].map(
      (match) => match[1] ?? match[2] ?? match[3],
    );
    return targets.flatMap((target = '') => {
      if (ELSEWHERE.test(target)) return [];
      const [path = '', anchor] = decodeURIComponent(target).split('#');
      const place = path === '' ? file : posix.normalize(posix.join(dirname(file), path)).replace(/\/$/, '');
      const problem = (message: string) => [{ file, line: index + 1, message }];
      if (!repository.has(place)) return problem(`link to ${target}, which does not exist`);
      if (anchor === undefined || !place.endsWith('.md') || repository.anchors(place).has(anchor)) return [];
      return problem(`link to ${target}, but ${place} has no such heading`);
    });
  });
}

/** The npm scripts that a text names, in prose or in code, and that the root package.json does not have. */
export function unknownScripts(file: string, text: string, repository: Repository): readonly Problem[] {
  return text.split(/\r?\n/).flatMap((line, index) =>
    [...line.matchAll(SCRIPT)]
      .map((match) => (match[1] ?? match[2] ?? '').replace(/[.:]+$/, ''))
      .filter((script) => !repository.scripts.has(script))
      .map((script) => ({ file, line: index + 1, message: `package.json has no script ${script}` })),
  );
}

/** The anchors GitHub gives to the headings of a page. */
export function anchorsOf({ prose }: Document): ReadonlySet<string> {
  const seen = new Map<string, number>();
  return new Set(
    prose.flatMap((line) => {
      const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
      if (heading === undefined) return [];
      const slug = heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
        .replaceAll(/\s/g, '-');
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return [count === 0 ? slug : `${slug}-${count}`];
    }),
  );
}

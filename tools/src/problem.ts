/** What a workspace check found, and how it is shown. */

/** One thing to put right, at a place a reader can open. */
export type Problem = {
  /** Path relative to the root of the repository, with forward slashes. */
  readonly file: string;
  /** Line, counted from 1; absent where the problem is the whole file. */
  readonly line?: number;
  /** What must hold, and what was found. */
  readonly message: string;
};

/** Shows a problem as `file:line: message`, the form editors turn into a link. */
export function formatProblem({ file, line, message }: Problem): string {
  return line === undefined ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}

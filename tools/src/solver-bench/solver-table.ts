/** The comparison of solvers as a Markdown table: problems down, solvers across. */
import type { SolverRow } from './compare-solvers.ts';

/**
 * @param rows - in the order of the problems, each with the same solvers.
 * @returns a row for each problem: evaluations and milliseconds where all samples have converged, else how many have and how the
 *   others ended; the fewest evaluations and the least time are bold.
 */
export function solverTable(rows: readonly SolverRow[]): string {
  const solvers = [...new Set(rows.map(({ solver }) => solver))];
  const problems = [...new Set(rows.map(({ problem }) => problem))];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['problem', ...solvers]),
    line(['---', ...solvers.map(() => '---:')]),
    ...problems.map((problem) => {
      const own = rows.filter((row) => row.problem === problem);
      return line([
        problem,
        ...solvers.map((solver) =>
          cell(
            own.find((row) => row.solver === solver),
            own,
          ),
        ),
      ]);
    }),
  ].join('\n');
}

function cell(row: SolverRow | undefined, own: readonly SolverRow[]): string {
  if (row === undefined) return '–';
  const time = `${formatMs(row.medianMs)} ms`;
  if (!isSolved(row)) return `${row.status.converged ?? 0}/${row.batch} (${failures(row)})`;
  const solved = own.filter(isSolved);
  const isFewest = solved.every((other) => other.evaluations.largest >= row.evaluations.largest);
  const isFastest = solved.every((other) => other.medianMs >= row.medianMs);
  const bold = (text: string, isBest: boolean) => (isBest ? `**${text}**` : text);
  return `${bold(String(row.evaluations.largest), isFewest)} · ${bold(time, isFastest)}`;
}

function isSolved({ status, batch }: SolverRow): boolean {
  return status.converged === batch;
}

function failures({ status }: SolverRow): string {
  const others = Object.entries(status).filter(([verdict]) => verdict !== 'converged');
  return others.map(([verdict, count]) => `${count} ${verdict}`).join(', ');
}

function formatMs(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}

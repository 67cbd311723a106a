/** What the workspace checks share. The checks themselves are programs: see the files `check-*.ts` and `verify.ts`. */
export { formatProblem, type Problem } from './problem.ts';

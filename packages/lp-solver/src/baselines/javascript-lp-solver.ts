/** The baseline `javascript-lp-solver`: a dense tableau simplex written in JavaScript. */

import solverModule from 'javascript-lp-solver';
import type { Claim, LpMethod, Minimization } from '../problem.ts';

// As with HiGHS: the package's types describe its CommonJS build, Node imports its ESM build.
const solver = solverModule as unknown as typeof solverModule.default;

type Model = InstanceType<typeof solver.Model>;
type Term = ReturnType<Model['addVariable']>;
type Inequality = ReturnType<Model['smallerThan']>;

/** `x_j = shift + Σ sign · term` over the solver's nonnegative variables; none for a fixed column. */
type Column = {
  readonly shift: number;
  readonly parts: readonly { readonly sign: number; readonly term: Term }[];
};

/** One inequality of row `row`: `lower` when it is the row's lower side. */
type Side = { readonly row: number; readonly lower: boolean; readonly inequality: Inequality };

/**
 * javascript-lp-solver, fed with our model in its terms: variables are nonnegative, so bounded columns are
 * shifted to their bound (mirrored if only the upper one is finite), free columns are split in two, fixed
 * ones go into the sides, and second bounds and the two sides of a row become inequalities of their own.
 *
 * It gives no multipliers; they are read off its final tableau, so that its optimum is verified like every
 * other. Its `infeasible` and `unbounded`, for which it has no certificate, are `failed`. Its presolve is
 * off: version 1.0.3 drops the costs of the variables it fixes. It cannot be stopped, and it does not count its iterations:
 * `evaluations` is null. It may run forever; see `solveLinearProgram`.
 */
export const javascriptLpSolver: LpMethod = {
  name: 'javascript-lp-solver',
  kind: 'classical',
  solve: (lp) => Promise.resolve(run(lp)),
};

function run(lp: Minimization): Claim {
  const model = new solver.Model().minimize();
  model.usePresolve = false;
  const columns = addColumns(model, lp);
  const sides = addRows(model, lp, columns);
  const { feasible, bounded } = model.solve();
  if (!feasible || !bounded) {
    const said = feasible ? 'unbounded' : 'infeasible';
    return {
      claim: 'failed',
      evaluations: null,
      message: `javascript-lp-solver says ${said}, without a certificate`,
    };
  }
  const x = Float64Array.from(columns, ({ shift, parts }) =>
    parts.reduce((sum, { sign, term }) => sum + sign * term.value, shift),
  );
  return { claim: 'optimal', x, y: multipliers(model, sides, lp.matrix.rows), evaluations: null };
}

function addColumns(model: Model, lp: Minimization): Column[] {
  return lp.columnNames.map((_, j) => {
    const [lower, upper, cost] = [lp.lower[j]!, lp.upper[j]!, lp.objective[j]!];
    const variable = (sign: number): { readonly sign: number; readonly term: Term } => ({
      sign,
      term: model.addVariable(sign * cost, `x${j}${sign < 0 ? '-' : '+'}`),
    });
    if (lower === upper) return { shift: lower, parts: [] };
    if (!Number.isFinite(lower)) {
      return Number.isFinite(upper)
        ? { shift: upper, parts: [variable(-1)] }
        : { shift: 0, parts: [variable(1), variable(-1)] };
    }
    const column = { shift: lower, parts: [variable(1)] };
    if (Number.isFinite(upper)) model.smallerThan(upper - lower).addTerm(1, column.parts[0]!.term);
    return column;
  });
}

function addRows(model: Model, lp: Minimization, columns: readonly Column[]): Side[] {
  return lp.rowNames.flatMap((_, row) => {
    const { terms, shift } = rowTerms(lp, row, columns);
    const side = (value: number, lower: boolean): Side[] => {
      if (!Number.isFinite(value)) return [];
      const inequality = lower ? model.greaterThan(value - shift) : model.smallerThan(value - shift);
      for (const [term, coefficient] of terms) inequality.addTerm(coefficient, term);
      return [{ row, lower, inequality }];
    };
    return [...side(lp.rowLower[row]!, true), ...side(lp.rowUpper[row]!, false)];
  });
}

function rowTerms(
  { matrix }: Minimization,
  row: number,
  columns: readonly Column[],
): { readonly terms: readonly (readonly [Term, number])[]; readonly shift: number } {
  const terms: [Term, number][] = [];
  let shift = 0;
  for (let k = matrix.starts[row]!; k < matrix.starts[row + 1]!; k++) {
    const column = columns[matrix.indices[k]!]!;
    shift += matrix.values[k]! * column.shift;
    for (const { sign, term } of column.parts) terms.push([term, sign * matrix.values[k]!]);
  }
  return { terms, shift };
}

/**
 * The multipliers of the rows. At the optimum the tableau's cost row holds the negative reduced costs of what
 * is out of the basis; that of an inequality's slack is the price of its side.
 */
function multipliers(model: Model, sides: readonly Side[], rows: number): Float64Array {
  const { matrix, colByVarIndex, costRowIndex, width } = model.tableau;
  const y = new Float64Array(rows);
  for (const { row, lower, inequality } of sides) {
    const column = colByVarIndex[inequality.slack.index] ?? -1;
    if (column < 0) continue;
    const price = -matrix[costRowIndex * width + column]!;
    y[row]! += lower ? price : -price;
  }
  return y;
}

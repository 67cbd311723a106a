/** The method `exact-operator`: restarted PDHG with learned step sizes, on one program of any size. */

import type { HostArray } from '@equilibria/compile';
import type { HostTree } from '@equilibria/core';
import type { LpMethod } from '../problem.ts';
import { answerRule } from './answer-rule.ts';
import type { ExactState } from './exact-operator.ts';
import { learnedMetric, type LearnedSides, METRIC_EVALUATIONS } from './learned-metric.ts';
import { plannedProducts } from './linear-map.ts';
import { evaluationsPerStep, lookSolver } from './look-solver.ts';
import type { MetricNetwork } from './metric-network.ts';
import type { ProgramTensors } from './pdhg-operator.ts';
import type { PreparedProgram, ProgramArrays } from './prepared-program.ts';
import { primalDualMethod } from './primal-dual-method.ts';
import { primalDualStep, type ProgramSides, reducedCosts } from './primal-dual-step.ts';
import { programUnits } from './program-units.ts';
import type { StepSizes } from './schur-steps.ts';

/** What the compiled solve is given. */
type ExactContext = {
  readonly program: ProgramTensors;
  readonly units: Omit<LearnedSides, keyof ProgramSides>;
  readonly network: MetricNetwork;
};

/** Of one test: the solver's step, and the products of the errors and certificates. */
const EVALUATIONS_OF_TEST = 2;

/**
 * The method with the parameters of a network. Any will do: they decide how soon an answer comes, not which.
 * @param network - float32 or float64. Borrowed.
 */
export function exactOperatorMethod(network: HostTree<MetricNetwork>): LpMethod {
  return primalDualMethod<ExactContext, ExactState, StepSizes>({
    name: 'exact-operator',
    evaluationsPerTest: evaluationsPerStep({ evaluations: METRIC_EVALUATIONS }) + EVALUATIONS_OF_TEST,
    contextOf: (prepared) => contextOf(prepared, network),
    problemOf: (context, plans, tolerances) => {
      const { program, units } = context;
      const batch = { products: plannedProducts(plans, program), sides: { ...program, ...units } };
      const { matrix } = batch.products;
      return {
        f: (z, steps) =>
          primalDualStep(z, reducedCosts(z.y, matrix, program), steps, { matrix, sides: program }),
        solver: lookSolver(learnedMetric(context.network), batch),
        stop: answerRule(program, plans, tolerances),
      };
    },
  });
}

function contextOf({ program }: PreparedProgram, network: HostTree<MetricNetwork>): HostTree<ExactContext> {
  const units = programUnits(sidesOf(program));
  const array = (values: ArrayLike<number>, shape: number[]): HostArray => ({
    data: Float64Array.from(values),
    shape,
  });
  const number = (value: number): HostArray => array([value], [1]);
  const inFloat64 = ({ data, shape }: HostArray): HostArray => array(data, [...shape]);
  const { columns, rows, balance } = network as Readonly<Record<keyof MetricNetwork, HostArray>>;
  return {
    program,
    units: {
      inverseWidth: array(units.inverseWidth, program.lower.shape as number[]),
      isEquality: array(units.isEquality, program.rowLower.shape as number[]),
      costUnit: number(units.costUnit),
      lengthUnit: number(units.lengthUnit),
      width: number(units.width),
    },
    network: { columns: inFloat64(columns), rows: inFloat64(rows), balance: inFloat64(balance) },
  };
}

/** The prepared program's costs, bounds and sides as plain arrays. */
function sidesOf({ objective, lower, upper, rowLower, rowUpper }: ProgramArrays) {
  const values = ({ data }: HostArray): Float64Array => data as Float64Array;
  return {
    objective: values(objective),
    lower: values(lower),
    upper: values(upper),
    rowLower: values(rowLower),
    rowUpper: values(rowUpper),
  };
}

/** Graph networks that answer programs: one compiled loop, looked at after given numbers of iterations. */

import {
  type CompileOptions,
  type HostArray,
  leaves,
  type Precision,
  type TensorTree,
  TraceError,
} from '@equilibria/compile';
import type { HostTree, MethodContext, Snapshot } from '@equilibria/core';
import type { Minimization } from '../problem.ts';
import { norm } from '../problem/sparse-matrix.ts';
import { graphSize } from './gnn-flops.ts';
import {
  type AnsweringSession,
  compileAnswering,
  compileLooking,
  type EncodedPrograms,
  type GraphNetwork,
  type LookingSessions,
} from './gnn-sessions.ts';
import { keepSessions } from './kept-sessions.ts';
import { encodeGraph, graphOf, sparseGraphOf } from './program-graph.ts';
import { answerInGroups, type GroupOptions, groupPrograms, type ProgramGroup } from './program-groups.ts';
import {
  assertIncreasing,
  isCount,
  MOST_EVALUATIONS,
  type ProgramLook,
  snapshotsOf,
} from './program-looks.ts';
import { standardRows } from './standard-rows.ts';

/** How a network answers. */
export type PredictorOptions = GroupOptions & {
  /** Default 'float32'. */
  readonly precision?: Precision;
  /** Threads of one operator; default: one for small graphs, all cores for large ones. */
  readonly threads?: number;
  /** Products with dense matrices or with lists of neighbours; default: what takes less time, group by group. */
  readonly products?: 'dense' | 'sparse';
};

/** Answers programs; it owns its sessions, one for each shape of a batch: `dispose` it. */
export interface GnnPredictor {
  /**
   * Answers every program after each of the given numbers of iterations.
   *
   * Residuals are `‖G(z) − z‖₂` over the columns of each program; the evaluation that measures them is counted neither
   * in `evaluations` nor in the time. The time holds what turns programs into graphs and, of each look so far, the
   * decoder; compiling is not in it. The answers do not depend on what else is answered.
   *
   * @param evaluations - increasing whole numbers >= 0.
   * @returns a snapshot for each of them, in order.
   * @throws {RangeError} if they are not.
   */
  iterate(
    programs: readonly Minimization[],
    evaluations: readonly number[],
    context?: Pick<MethodContext, 'signal'>,
  ): Promise<readonly Snapshot[]>;
  /**
   * Answers every program after so many iterations and looks at nothing besides: one run of one graph for each group.
   *
   * @returns float64 `[columns]` each, in the order of the programs.
   * @throws {RangeError} if `iterations` is not a whole number >= 0.
   */
  answer(
    programs: readonly Minimization[],
    iterations: number,
    context?: Pick<MethodContext, 'signal'>,
  ): Promise<readonly Float64Array[]>;
  /** Releases the sessions; using it afterwards throws. Idempotent. */
  dispose(): Promise<void>;
}

/**
 * A network with its parameters, ready to answer programs of any size.
 * @throws (`iterate`) what `compile` throws.
 */
export function createGnnPredictor<P extends TensorTree>(
  network: GraphNetwork<P>,
  params: HostTree<P>,
  options: PredictorOptions = {},
): GnnPredictor {
  const { precision = 'float32', threads, products, ...grouping } = options;
  const compiling: CompileOptions = { precision, ...(threads !== undefined && { threads }) };
  const encode = { dense: graphOf, sparse: sparseGraphOf, auto: encodeGraph }[products ?? 'auto'];
  const looking = keepSessions<LookingSessions>();
  const answering = keepSessions<AnsweringSession>();
  let isDisposed = false;
  const assertOpen = (caller: string): void => {
    if (isDisposed) throw new TraceError(`${caller}: the predictor was disposed. Make it again.`);
  };

  const lookAtGroup = async (
    members: readonly Minimization[],
    { rows, columns }: ProgramGroup,
    evaluations: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<readonly ProgramLook[][]> => {
    const began = performance.now();
    const graph = encode(members, { precision, rows, columns });
    let wallTimeMs = performance.now() - began;
    const sessions = await looking.get(shapesOf(graph), () =>
      compileLooking(network, params, graph, compiling),
    );
    let z = await sessions.start(graph);
    let done = 0;
    const work = network.flops?.(graphSize(graph), params);
    const looks: ProgramLook[][] = members.map(() => []);
    for (const wanted of evaluations) {
      signal?.throwIfAborted();
      const before = performance.now();
      const { state, answer } = await sessions.advance(z, graph, { from: done, to: wanted });
      wallTimeMs += performance.now() - before;
      [z, done] = [state, wanted];
      const answers = apart(answer, members);
      const moved = apart(await sessions.change(z, graph), members);
      looks.forEach((ofProgram, p) =>
        ofProgram.push({
          answer: answers[p]!,
          residual: norm(moved[p]!),
          flops: work && work.setup + done * work.evaluation + work.readout,
          wallTimeMs: wallTimeMs / members.length,
        }),
      );
    }
    return looks;
  };

  const answerGroup = async (
    members: readonly Minimization[],
    { rows, columns }: ProgramGroup,
    iterations: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly Float64Array[]> => {
    signal?.throwIfAborted();
    const graph = encode(members, { precision, rows, columns });
    const session = await answering.get(shapesOf(graph), () =>
      compileAnswering(network, params, graph, compiling),
    );
    return apart(await session.answer(graph, iterations), members);
  };

  return {
    iterate: async (programs, evaluations, { signal } = {}) => {
      assertIncreasing('iterate', evaluations);
      assertOpen('iterate');
      const groups = groupPrograms(programs.map(sizeOf), grouping);
      const looks = await answerInGroups(programs, groups, (members, group) =>
        lookAtGroup(members, group, evaluations, signal),
      );
      return snapshotsOf(evaluations, looks);
    },
    answer: async (programs, iterations, { signal } = {}) => {
      if (!isCount(iterations)) {
        throw new RangeError(
          `answer: iterations must be a whole number from 0 to ${MOST_EVALUATIONS}; got ${iterations}.`,
        );
      }
      assertOpen('answer');
      return answerInGroups(programs, groupPrograms(programs.map(sizeOf), grouping), (members, group) =>
        answerGroup(members, group, iterations, signal),
      );
    },
    dispose: async () => {
      isDisposed = true;
      await looking.dispose();
      await answering.dispose();
    },
  };
}

/** What sessions are made for. */
function shapesOf(graph: EncodedPrograms): string {
  return JSON.stringify(leaves<HostArray>(graph).map(({ shape }) => shape));
}

/** The rows of `[batch, columns]` of the programs of a batch, each as long as the program is. */
function apart({ data, shape }: HostArray, programs: readonly Minimization[]): Float64Array[] {
  const columns = shape[1]!;
  return programs.map(({ matrix }, p) =>
    Float64Array.from(data.subarray(p * columns, p * columns + matrix.columns)),
  );
}

function sizeOf(lp: Minimization) {
  return { rows: standardRows(lp).side.length, columns: lp.matrix.columns };
}

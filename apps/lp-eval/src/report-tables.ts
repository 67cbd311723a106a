/** The tables of a report, from the results of evaluations. */

import type { DomainResults, MethodResults } from '@equilibria/core';
import { EMBEDDINGS, GNN_KINDS, type GnnKind, gnnNamed, type LipschitzStudy } from '@equilibria/lp-solver';
import { formatNumber } from '@equilibria/report';

/** Iterations of the table: at 8 the paper tests its networks, at 64 equilibria have settled. */
const LOOKED_AT = [8, 64] as const;

/**
 * Test errors of the paper's networks at embeddings 4, 8, 16, 32.
 * @see Liu, Ding, Osher & Yin, Expressive Power of Implicit Models (ICLR 2026), arXiv 2510.03638, linear programs.
 */
const PAPER: Readonly<Partial<Record<GnnKind, readonly number[]>>> = {
  'implicit-gnn': [0.218, 0.177, 0.152, 0.156],
  'explicit-gnn': [0.397, 0.273, 0.283, 0.318],
};

const LABELS: Readonly<Record<GnnKind, string>> = {
  'implicit-gnn': 'implicit, trained as an equilibrium',
  'unrolled-gnn': 'implicit, trained as in the paper',
  'explicit-gnn': 'explicit, equal parameters',
  'untied-gnn': 'explicit, equal compute',
};

/** A network trained with several seeds. */
type Trained = {
  readonly kind: GnnKind;
  readonly embedding: number;
  readonly runs: readonly MethodResults[];
};

/** Networks by kind and size: errors where the paper tests, where they have settled, and after the most iterations; mean and range over seeds. */
export function networkTable(results: DomainResults): string {
  const rows = trainedIn(results).map(({ kind, embedding, runs }) => {
    const reported =
      results.name !== 'lp-paper'
        ? undefined
        : PAPER[kind]?.[EMBEDDINGS.indexOf(embedding as (typeof EMBEDDINGS)[number])];
    const errors = runs.map(errorsOf);
    return [
      LABELS[kind],
      String(embedding),
      String(runs[0]!.parameters),
      operationsOf(runs[0]!),
      String(runs.length),
      reported === undefined ? '' : String(reported),
      ...LOOKED_AT.map((_, k) => spread(errors.map(({ at }) => at[k]!))),
      spread(errors.map(({ last }) => last)),
      spread(
        errors.map(({ least, last }) => last / least - 1),
        percent,
      ),
    ];
  });
  return markdown(
    [
      'network',
      'e',
      'parameters',
      `operations, t = ${LOOKED_AT[0]}`,
      'seeds',
      'paper, t = 8',
      ...LOOKED_AT.map((t) => `t = ${t}`),
      'last t',
      'last over least of all t',
    ],
    rows,
  );
}

/** Mean error and median of every other method against evaluations, and at which of them the mean falls to a hundredth. */
export function iterationTable({ methods }: DomainResults, points: readonly number[]): string {
  const iterated = methods.filter(({ name, scaling }) => gnnOf(name) === undefined && scaling.length > 1);
  const rows = iterated.map(({ name, scaling }) => {
    const at = (t: number): string => {
      const look = scaling.find(({ evaluations }) => evaluations === t);
      return look === undefined
        ? ''
        : `${formatNumber(look.quality.mean)} / ${formatNumber(look.quality.median)}`;
    };
    return [name, ...points.map(at), evaluationsTo(scaling, 1e-2)];
  });
  return markdown(['mean / median error', ...points.map((t) => `t = ${t}`), 'evaluations to 0.01'], rows);
}

/** Of each network and perturbation, the largest and the mean ratio at some evaluations, beside the exact map's. */
export function lipschitzTable({ methods, perturbations }: LipschitzStudy): string {
  const points = [1, 8, 48, Infinity];
  const rows = methods.flatMap(({ name, along }) =>
    perturbations.map(({ name: perturbation, exact }, k) => [
      name,
      perturbation,
      ...points.map((t) => {
        const look = t === Infinity ? along.at(-1) : along.find(({ evaluations }) => evaluations >= t);
        const { max = null, mean = null } = look?.lipschitz[k] ?? {};
        return `${formatNumber(max)} / ${formatNumber(mean)}`;
      }),
      `${formatNumber(exact.max)} / ${formatNumber(exact.mean)}`,
    ]),
  );
  const last = methods[0]?.along.at(-1)?.evaluations ?? 0;
  const header = points.map((t) => `t = ${t === Infinity ? last : t}`);
  return markdown(['network', 'largest / mean ratio, change of', ...header, 'exact map'], rows);
}

/** Where the mean first falls to a level, between two looks, by the logarithms of both. */
function evaluationsTo(scaling: MethodResults['scaling'], level: number): string {
  const at = scaling.findIndex(({ quality }) => quality.mean !== null && quality.mean <= level);
  if (at < 0) return `> ${scaling.at(-1)!.evaluations}`;
  const [before, after] = [scaling[at - 1], scaling[at]!];
  if (before?.quality.mean == null || before.evaluations === 0) return `≤ ${after.evaluations}`;
  const [high, low] = [Math.log(before.quality.mean), Math.log(after.quality.mean!)];
  const share = (high - Math.log(level)) / (high - low);
  const [from, to] = [Math.log(before.evaluations), Math.log(after.evaluations)];
  return String(Math.round(Math.exp(from + share * (to - from))));
}

function trainedIn({ methods }: DomainResults): readonly Trained[] {
  return GNN_KINDS.flatMap((kind) =>
    EMBEDDINGS.flatMap((embedding) => {
      const runs = methods.filter(({ name }) => {
        const gnn = gnnOf(name);
        return gnn?.kind === kind && gnn.embedding === embedding;
      });
      return runs.length === 0 ? [] : [{ kind, embedding, runs }];
    }),
  );
}

/** A method's name without the seed of training that it may end with. */
export function nameWithoutSeed(name: string): string {
  return name.replace(/ seed -?\d+$/, '');
}

/** The network of a method's name, which may end with its seed. */
export function gnnOf(name: string): ReturnType<typeof gnnNamed> {
  return gnnNamed(nameWithoutSeed(name));
}

/** NaN where there is no such number. */
function errorsOf({ scaling }: MethodResults): { at: readonly number[]; least: number; last: number } {
  const means = scaling.map(({ quality }) => quality.mean ?? NaN);
  const at = (t: number): number => means[scaling.findIndex(({ evaluations }) => evaluations === t)] ?? NaN;
  return {
    at: LOOKED_AT.map((t) => (scaling.length === 1 ? means[0]! : at(t))),
    least: Math.min(...means),
    last: means.at(-1)!,
  };
}

/** Of one program, where the paper tests; of what is not iterated, of its only pass. */
function operationsOf({ scaling }: MethodResults): string {
  const look =
    scaling.length === 1 ? scaling[0] : scaling.find(({ evaluations }) => evaluations === LOOKED_AT[0]);
  return look?.flops === undefined ? '' : formatNumber(look.flops);
}

/** A growth beyond a hundredfold is told as that. */
function percent(share: number): string {
  if (Number.isNaN(share)) return formatNumber(null);
  return share < 100 ? `${(100 * share).toFixed(1)} %` : '> 10,000 %';
}

/** The mean, and the least and the greatest where there are several; nothing more than a dash if one is NaN. */
function spread(
  values: readonly number[],
  format: (value: number) => string = (value) => formatNumber(Number.isFinite(value) ? value : null),
): string {
  if (values.some(Number.isNaN)) return format(NaN);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return format(mean);
  return `${format(mean)} (${format(Math.min(...values))} – ${format(Math.max(...values))})`;
}

/** Nothing without rows. */
function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

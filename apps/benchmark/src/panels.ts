/** From the results of a domain to what its plot shows. */
import type { DomainResults, MethodResults, ScalingPoint } from '@equilibria/core';

/** A value at a number of evaluations. */
export type Point = { readonly x: number; readonly y: number };

/** A curve of a panel. Flat ones are methods that do not iterate: a level across the panel. */
export type Series = {
  readonly label: string;
  readonly color: string;
  /** Implicit methods are drawn stronger than the others. */
  readonly emphasis: 'strong' | 'plain' | 'ceiling';
  readonly isFlat: boolean;
  readonly points: readonly Point[];
  /** The mean, where the curve is not the mean itself. */
  readonly mean: readonly Point[];
  /** 95 % confidence interval of the mean. */
  readonly band: readonly { readonly x: number; readonly low: number; readonly high: number }[];
};

/** One pair of axes. */
export type Panel = { readonly title: string; readonly yLabel: string; readonly series: readonly Series[] };

/** Okabe & Ito's colours, distinct for every kind of colour vision, the yellow darkened for lines on white. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#b8860b', '#5f5f5f', '#000000'];

const CEILING_COLOR = '#777777';

/** The quality first, then one panel for each perturbation. */
export function panelsOf({ methods }: DomainResults): Panel[] {
  const metric = methods[0]?.metric;
  if (metric === undefined) return [];
  const unit = metric.unit === '1' ? '' : `, ${metric.unit}`;
  const perturbations = new Set(
    methods.flatMap(({ scaling }) =>
      scaling.flatMap(({ lipschitz }) => lipschitz.map((l) => l.perturbation)),
    ),
  );
  return [
    {
      title: 'Quality',
      yLabel: `mean ${metric.name}${unit} (${metric.better} is better)`,
      series: methods.map((method, i) =>
        seriesOf(method, i, ({ quality }) => ({ y: quality.mean, low: quality.low, high: quality.high })),
      ),
    },
    ...Array.from(perturbations, (name) => ({
      title: `Lipschitz constant, perturbation: ${name}`,
      yLabel: 'largest ‖Δŷ‖/‖Δx‖ of all pairs; dotted: mean',
      series: [...ceilingsOf(methods, name), ...methods.map((method, i) => lipschitzSeries(method, i, name))],
    })),
  ];
}

type Measured = {
  readonly y: number | null;
  readonly mean?: number | null;
  readonly low: number | null;
  readonly high: number | null;
};

function seriesOf(
  { name, kind, scaling }: MethodResults,
  index: number,
  measuredAt: (point: ScalingPoint) => Measured,
): Series {
  const measured = scaling.map((point) => ({ x: point.evaluations, ...measuredAt(point) }));
  return {
    label: name,
    color: COLORS[index % COLORS.length]!,
    emphasis: kind === 'implicit' ? 'strong' : 'plain',
    isFlat: scaling.length === 1,
    points: measured.flatMap(({ x, y }) => (y === null ? [] : [{ x, y }])),
    mean: measured.flatMap(({ x, mean = null }) => (mean === null ? [] : [{ x, y: mean }])),
    band: measured.flatMap(({ x, low, high }) => (low === null || high === null ? [] : [{ x, low, high }])),
  };
}

function lipschitzSeries(method: MethodResults, index: number, perturbation: string): Series {
  return seriesOf(method, index, ({ lipschitz }) => {
    const estimate = lipschitz.find((candidate) => candidate.perturbation === perturbation);
    const { max = null, mean = null, low = null, high = null } = estimate ?? {};
    // Only the models under study show their mean: those of all methods would hide one another.
    return method.kind === 'implicit' ? { y: max, mean, low, high } : { y: max, low: null, high: null };
  });
}

/** Every different ceiling once: grey where methods share it, in the method's colour where it is its own. */
function ceilingsOf(methods: readonly MethodResults[], perturbation: string): Series[] {
  const found = new Map<string, Series>();
  methods.forEach((method, i) => {
    const points = method.scaling.flatMap(({ evaluations, lipschitz }) => {
      const ceiling = lipschitz.find((estimate) => estimate.perturbation === perturbation)?.ceiling;
      return ceiling === undefined ? [] : [{ x: evaluations, y: ceiling }];
    });
    if (points.length === 0) return;
    const isFlat = points.every(({ y }) => y === points[0]!.y);
    const key = isFlat ? String(points[0]!.y) : JSON.stringify(points);
    const isShared = found.has(key);
    found.set(key, {
      label: isShared ? 'ceiling' : 'its ceiling',
      color: isShared ? CEILING_COLOR : COLORS[i % COLORS.length]!,
      emphasis: 'ceiling',
      isFlat,
      points: isFlat ? [points[0]!] : points,
      mean: [],
      band: [],
    });
  });
  return [...found.values()];
}

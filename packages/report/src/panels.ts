/** From the results of a domain to what its plot shows. */
import type { DomainResults, MethodKind, MethodResults, ScalingPoint } from '@equilibria/core';

/** A value at a number of evaluations. */
export type Point = { readonly x: number; readonly y: number };

/** A curve of a panel. Flat ones are methods that do not iterate: a level across the panel. */
export type Series = {
  readonly label: string;
  readonly color: string;
  /** Implicit methods are drawn stronger than the others, what theory knows is dashed. */
  readonly emphasis: 'strong' | 'plain' | 'theory';
  readonly isFlat: boolean;
  readonly points: readonly Point[];
  /** The mean, where the curve is not the mean itself. */
  readonly mean: readonly Point[];
  /** 95 % confidence interval of the mean. */
  readonly band: readonly { readonly x: number; readonly low: number; readonly high: number }[];
  /** How many of the methods drawn after this one hide it. */
  readonly hiddenBy: number;
};

/** One pair of axes, its curves in the order in which they are drawn. */
export type Panel = {
  readonly title: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Numbers of evaluations that mean something, as the depth of training; drawn from bottom to top. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
};

/**
 * Okabe & Ito's colours, distinct for every kind of colour vision, the yellow darkened for lines on white. Each kind of method has
 * its own, so that in all figures the first implicit method, say, has one colour.
 */
export const COLORS: Readonly<Record<MethodKind, readonly string[]>> = {
  implicit: ['#0072b2', '#d55e00', '#000000'],
  explicit: ['#cc79a7', '#56b4e9', '#7b3294'],
  classical: ['#009e73', '#b8860b', '#5f5f5f'],
};

/** Of what theory knows about the exact map, whatever the method. */
const EXACT_COLOR = '#333333';

/** Curves this close, relative to their values, cannot be told apart. */
const SAME = 0.01;

/** The quality first, then one panel for each perturbation. */
export function panelsOf({ methods }: DomainResults): Panel[] {
  const metric = methods[0]?.metric;
  if (metric === undefined) return [];
  const unit = metric.unit === '1' ? '' : `, ${metric.unit}`;
  const colors = colorsOf(methods);
  const perturbations = new Set(
    methods.flatMap(({ scaling }) =>
      scaling.flatMap(({ lipschitz }) => lipschitz.map((l) => l.perturbation)),
    ),
  );
  return [
    {
      title: 'Quality',
      yLabel: `mean ${metric.name}${unit} (${metric.better} is better)`,
      series: inDrawingOrder(
        methods.map((method, i) =>
          seriesOf(method, colors[i]!, ({ quality }) => ({
            y: quality.mean,
            low: quality.low,
            high: quality.high,
          })),
        ),
      ),
    },
    ...Array.from(perturbations, (name) => ({
      title: `Lipschitz constant, perturbation: ${name}`,
      yLabel: 'largest ‖Δanswer‖/‖Δinput‖ of all pairs; dotted: mean',
      series: [
        ...inDrawingOrder(methods.map((method, i) => lipschitzSeries(method, colors[i]!, name))),
        // On top: dashes leave visible what they lie on.
        ...theoryOf(methods, colors, name),
      ],
    })),
  ];
}

/** The next colour of the method's kind, or any that is left; the first ones again after all. */
function colorsOf(methods: readonly MethodResults[]): string[] {
  const all = Object.values(COLORS).flat();
  const chosen: string[] = [];
  for (const { kind } of methods) {
    const free = [...COLORS[kind], ...all].find((color) => !chosen.includes(color));
    chosen.push(free ?? all[chosen.length % all.length]!);
  }
  return chosen;
}

type Measured = {
  readonly y: number | null;
  readonly mean?: number | null;
  readonly low: number | null;
  readonly high: number | null;
};

function seriesOf(
  { name, kind, scaling }: MethodResults,
  color: string,
  measuredAt: (point: ScalingPoint) => Measured,
): Series {
  const measured = scaling.map((point) => ({ x: point.evaluations, ...measuredAt(point) }));
  return {
    label: name,
    color,
    emphasis: kind === 'implicit' ? 'strong' : 'plain',
    isFlat: scaling.length === 1,
    points: measured.flatMap(({ x, y }) => (y === null ? [] : [{ x, y }])),
    mean: measured.flatMap(({ x, mean = null }) => (mean === null ? [] : [{ x, y: mean }])),
    band: measured.flatMap(({ x, low, high }) => (low === null || high === null ? [] : [{ x, low, high }])),
    hiddenBy: 0,
  };
}

function lipschitzSeries(method: MethodResults, color: string, perturbation: string): Series {
  return seriesOf(method, color, ({ lipschitz }) => {
    const estimate = lipschitz.find((candidate) => candidate.perturbation === perturbation);
    const { max = null, mean = null, low = null, high = null } = estimate ?? {};
    // Only the models under study show their mean: those of all methods would hide one another.
    return method.kind === 'implicit' ? { y: max, mean, low, high } : { y: max, low: null, high: null };
  });
}

/** The models under study above the others, and each told what hides it. */
function inDrawingOrder(series: readonly Series[]): Series[] {
  const isStrong = ({ emphasis }: Series) => emphasis === 'strong';
  const ordered = [...series.filter((one) => !isStrong(one)), ...series.filter(isStrong)];
  return ordered.map((lower, i) => ({
    ...lower,
    hiddenBy: ordered.slice(i + 1).filter((upper) => isSame(lower, upper)).length,
  }));
}

/** Whether two curves have equal values at half of the places of the first, or more. */
function isSame(a: Series, b: Series): boolean {
  const [moving, other] = a.isFlat ? [b, a] : [a, b];
  const close = moving.points.filter(({ x, y }) => {
    const there = other.isFlat ? other.points[0] : other.points.find((point) => point.x === x);
    return there !== undefined && Math.abs(y - there.y) <= SAME * Math.max(Math.abs(y), Math.abs(there.y));
  });
  return close.length > 0 && close.length >= moving.points.length / 2;
}

/**
 * What theory knows, each different curve once: a constant that methods share is that of the exact solution map; what is a method's
 * own bounds that method, and has its colour.
 */
function theoryOf(
  methods: readonly MethodResults[],
  colors: readonly string[],
  perturbation: string,
): Series[] {
  const found = new Map<string, { readonly points: readonly Point[]; readonly owners: number[] }>();
  methods.forEach(({ scaling }, i) => {
    const points = scaling.flatMap(({ evaluations, lipschitz }) => {
      const ceiling = lipschitz.find((estimate) => estimate.perturbation === perturbation)?.ceiling;
      return ceiling === undefined ? [] : [{ x: evaluations, y: ceiling }];
    });
    if (points.length === 0) return;
    const isConstant = points.every(({ y }) => y === points[0]!.y);
    const kept = isConstant ? points.slice(0, 1) : points;
    const key = JSON.stringify(isConstant ? points[0]!.y : points);
    found.set(key, { points: kept, owners: [...(found.get(key)?.owners ?? []), i] });
  });
  return Array.from(found.values(), ({ points, owners }): Series => {
    const isFlat = points.length === 1;
    const isExact = isFlat && owners.length > 1;
    return {
      label: isExact ? 'exact map' : `bound of ${owners.map((i) => methods[i]!.name).join(', ')}`,
      color: isExact ? EXACT_COLOR : colors[owners[0]!]!,
      emphasis: 'theory',
      isFlat,
      points,
      mean: [],
      band: [],
      hiddenBy: 0,
    };
  });
}

/** The figure of a Lipschitz study: how answers change with the program, against evaluations, under the exact map's ceiling. */

import type { LipschitzStudy, MethodStudy, Spread } from '@equilibria/lp-solver';
import { COLORS, drawPanels, formatPower, type Panel, type Series } from '@equilibria/report';

/** Draws a study as SVG; `renderPng` of report makes a PNG of it. */
export function lipschitzFigure(study: LipschitzStudy, title: string): string {
  return drawPanels(lipschitzPanels(study), { title, lines: legendOf(study) });
}

/** A panel for each perturbation; then residuals and, where operators were differentiated, how much they contract. */
export function lipschitzPanels({ perturbations, programs, methods }: LipschitzStudy): Panel[] {
  const marks = Array.from(
    new Set(methods.flatMap(({ trainingDepth }) => (trainingDepth === null ? [] : [trainingDepth]))),
    (x) => ({ x, label: 'trained to here' }),
  );
  const ofRatios = perturbations.map(({ name, exact, changedBasis }, k): Panel => {
    const changes = changedBasis === 0 ? '' : `; basis changed in ${changedBasis} of ${programs}`;
    return {
      title: `Change of ${name}${changes}`,
      yLabel: 'largest ‖Δanswer‖/‖Δprogram‖; dotted: mean',
      series: [
        ...methods.map((method, i) =>
          spreadSeries(
            method.name,
            colorOf(i),
            method.along.map(({ evaluations, lipschitz }) => ({ evaluations, spread: lipschitz[k]! })),
          ),
        ),
        ...level('exact map, largest', exact.max),
        ...level('exact map, mean', exact.mean),
      ],
      marks,
    };
  });
  const residual: Panel = {
    title: 'Residual',
    yLabel: 'mean ‖G(z) − z‖',
    series: methods.flatMap((method, i) => residualSeries(method, colorOf(i))),
    marks,
  };
  const ofRegularity = (['contraction', 'rate'] as const).map((quantity): Panel => ({
    title: { contraction: 'Contraction factor of the last steps', rate: 'Spectral radius of the last steps' }[
      quantity
    ],
    yLabel: 'largest of the programs; dotted: mean',
    series: [
      ...methods.flatMap(({ name, regularity }, i) =>
        regularity.length === 0
          ? []
          : spreadSeries(
              name,
              colorOf(i),
              regularity.map((look) => ({ evaluations: look.evaluations, spread: look[quantity] })),
            ),
      ),
      ...level('1', 1),
    ],
    marks,
  }));
  const hasRegularity = methods.some(({ regularity }) => regularity.length > 0);
  return [...ofRatios, residual, ...(hasRegularity ? ofRegularity : [])];
}

const METHOD_COLORS = [...COLORS.implicit, ...COLORS.explicit, ...COLORS.classical];
const EXACT_COLOR = '#333333';

function colorOf(method: number): string {
  return METHOD_COLORS[method % METHOD_COLORS.length]!;
}

/** What is larger runs away, and would leave no room for the rest. */
const LARGEST = 1e8;

const isDrawn = (value: number | null): value is number => value !== null && value < LARGEST;

/** The largest value as the curve, the mean dotted in its interval. */
function spreadSeries(
  label: string,
  color: string,
  looks: readonly { readonly evaluations: number; readonly spread: Spread }[],
): Series {
  const at = looks.map(({ evaluations: x, spread }) => ({ x, ...spread }));
  return {
    label,
    color,
    emphasis: 'strong',
    isFlat: looks.length === 1,
    points: at.flatMap(({ x, max }) => (isDrawn(max) ? [{ x, y: max }] : [])),
    mean: at.flatMap(({ x, mean }) => (isDrawn(mean) ? [{ x, y: mean }] : [])),
    band: at.flatMap(({ x, low, high }) => (isDrawn(low) && isDrawn(high) ? [{ x, low, high }] : [])),
    hiddenBy: 0,
  };
}

function residualSeries({ name, along }: MethodStudy, color: string): Series[] {
  const points = along.flatMap(({ evaluations: x, residual: y }) => (isDrawn(y) ? [{ x, y }] : []));
  if (points.length === 0) return [];
  const isFlat = along.length === 1;
  return [{ label: name, color, emphasis: 'strong', isFlat, points, mean: [], band: [], hiddenBy: 0 }];
}

function level(label: string, y: number | null): Series[] {
  if (y === null) return [];
  const points = [{ x: 1, y }];
  return [
    { label, color: EXACT_COLOR, emphasis: 'theory', isFlat: true, points, mean: [], band: [], hiddenBy: 0 },
  ];
}

function legendOf({ programs, changeNorm, perturbations }: LipschitzStudy): string[] {
  const unsolved = perturbations.filter((perturbation) => perturbation.unsolved > 0);
  const leftOut = unsolved.map(({ name, unsolved: count }) => `${count} of ${name}`).join(', ');
  return [
    `${programs} programs, each changed by ${formatPower(changeNorm)} in one random direction of each kind.` +
      (leftOut === '' ? '' : ` Left out, since no optimum is left: ${leftOut}.`),
    'Solid: largest ratio of all programs. Dotted: mean; shaded: its 95 % interval. Dashed: the exact solution map on the very same ' +
      'pairs, by HiGHS, largest and mean. A curve ends beyond 10⁸.',
  ];
}

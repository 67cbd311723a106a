/** The figure of a test set: mean errors against evaluations, one curve for all seeds of a method. */

import type { DomainResults, MethodResults } from '@equilibria/core';
import { COLORS, drawPanels, type Panel, type Series } from '@equilibria/report';
import { gnnOf, nameWithoutSeed } from './report-tables.ts';

/** Draws a test set as SVG. */
export function errorsFigure(results: DomainResults, title: string): string {
  return drawPanels(errorPanels(results), {
    title,
    lines: [
      `${results.dataset.name}; ${results.dataset.size} in number. Means of ‖x − x*‖/(‖x*‖ + 1) over the programs; of models trained with several seeds the mean over ` +
        'them, shaded from the least to the greatest. Level: methods that are not iterated. A curve ends where errors are 0 or beyond 10, or an answer failed.',
    ],
  });
}

/** Graph networks, which end near the optimum, and what ends at it; a panel each, if there are any. */
export function errorPanels({ methods }: DomainResults): Panel[] {
  const runs = new Map<string, MethodResults[]>();
  for (const method of methods) {
    const name = nameWithoutSeed(method.name);
    runs.set(name, [...(runs.get(name) ?? []), method]);
  }
  const isNetwork = (name: string): boolean => gnnOf(name) !== undefined;
  const isIterated = (name: string): boolean => runs.get(name)![0]!.scaling.length > 1;
  const names = [...runs.keys()];
  const panel = (title: string, chosen: readonly string[]): Panel => ({
    title,
    yLabel: 'mean error',
    series: chosen.map((name, i) => seriesOf(name, runs.get(name)!, PALETTE[i % PALETTE.length]!)),
  });
  return [
    panel('Graph networks', names.filter(isNetwork)),
    panel(
      'Iterations that end at the optimum',
      names.filter((name) => !isNetwork(name) && isIterated(name)),
    ),
  ].filter(({ series }) => series.length > 0);
}

const PALETTE = [...COLORS.implicit, ...COLORS.explicit, ...COLORS.classical];

/** Answers of 0 are wrong by 1: what is farther off by this much runs away, and would leave no room for the rest. */
const LARGEST_ERROR = 10;

/** Looks that all seeds have, with an error that can be drawn. */
function seriesOf(label: string, runs: readonly MethodResults[], color: string): Series {
  const looks = runs[0]!.scaling.flatMap(({ evaluations: x }) => {
    const means = runs.map(
      ({ scaling }) => scaling.find(({ evaluations }) => evaluations === x)?.quality.mean ?? NaN,
    );
    return means.every((mean) => mean > 0 && mean < LARGEST_ERROR) ? [{ x, means }] : [];
  });
  return {
    label,
    color,
    emphasis: runs[0]!.kind === 'implicit' ? 'strong' : 'plain',
    isFlat: runs[0]!.scaling.length === 1,
    points: looks.map(({ x, means }) => ({ x, y: means.reduce((a, b) => a + b, 0) / means.length })),
    mean: [],
    band:
      runs.length === 1
        ? []
        : looks.map(({ x, means }) => ({ x, low: Math.min(...means), high: Math.max(...means) })),
    hiddenBy: 0,
  };
}

/** The study as Markdown. */
import { median } from 'simple-statistics';
import type { StudyRow, TestPoint } from './study.ts';
import type { TuningRow } from './tune.ts';

const LEGEND = `Every seed is its own start and its own training inputs; all are shown. Errors are means of |y − F|/(1 + |F|) over 2048 test inputs
that no run was trained with; the parameters are those that the validation inputs liked best. L is the largest |Δy|/|Δx| of 256 pairs, Δx being
10⁻⁴ of x. An implicit model is iterated by Picard from 0 and looked at along its evaluations t; it is shown where its error is least.`;

/** The whole page; what nothing was measured for is left out. */
export function studyPage(rows: readonly StudyRow[], tuning: readonly TuningRow[]): string {
  const curves = rows.filter(({ test }) => test.length > 1);
  const sections = [
    `# Steep functions, learned\n\n${LEGEND}\n\n${studyTable(rows)}`,
    ...(curves.length === 0
      ? []
      : [`## Along the evaluations\n\nMean test error / L.\n\n${sharpeningTable(curves)}`]),
    ...(tuning.length === 0
      ? []
      : [
          `## What was chosen by\n\nMean error on validation inputs, of a seed that no run above has.\n\n${tuningTable(tuning)}`,
        ]),
  ];
  return `${sections.join('\n\n')}\n`;
}

function tuningTable(rows: readonly TuningRow[]): string {
  const lines = rows.map(({ target, kind, sizes, parameters, rate, validation }) => {
    const cells = [target, kind, sizes.join('–'), String(parameters), String(rate), shown(validation)];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| target | kind | layers | parameters | rate | validation error |',
    '| --- | --- | --- | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

/** One line for each target and model: every seed's best test error, and what it took. */
export function studyTable(rows: readonly StudyRow[]): string {
  const nameOf = ({ target, model }: StudyRow): string => `${target} ${model}`;
  const lines = Array.from(new Set(rows.map(nameOf)), (name) => {
    const group = rows.filter((row) => nameOf(row) === name);
    const { target, targetLipschitz, model, parameters } = group[0]!;
    const bests = group.map(({ test }) => bestOf(test));
    const cells = [
      target,
      targetLipschitz.toPrecision(3),
      model,
      String(parameters),
      bests.map(({ mean }) => shown(mean)).join(', '),
      shown(median(bests.map(({ mean }) => mean ?? Infinity))),
      bests.map(({ lipschitz }) => lipschitz?.toPrecision(3) ?? '–').join(', '),
      bests.map(({ evaluations }) => String(evaluations)).join(', '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| target | its Lipschitz constant | model | parameters | test error of each seed | median | L at the best | evaluations |',
    '| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

/** How the implicit model of each target sharpens: error and Lipschitz constant, seed by seed, along the evaluations. */
function sharpeningTable(curves: readonly StudyRow[]): string {
  const looks = curves[0]?.test.map(({ evaluations }) => evaluations).filter((_, i) => i % 2 === 1) ?? [];
  const lines = curves.map(({ target, seed, test }) => {
    const cells = looks.map((t) => {
      const at = test.find(({ evaluations }) => evaluations === t);
      return at === undefined ? '–' : `${shown(at.mean)} / ${at.lipschitz?.toPrecision(2) ?? '–'}`;
    });
    return `| ${[target, String(seed), ...cells].join(' | ')} |`;
  });
  return [
    `| target | seed | ${looks.map((t) => `t = ${t}`).join(' | ')} |`,
    `| --- | ---: | ${looks.map(() => '---:').join(' | ')} |`,
    ...lines,
  ].join('\n');
}

/** The look with the least mean error. */
function bestOf(test: readonly TestPoint[]): TestPoint {
  return test.reduce((best, look) => ((look.mean ?? Infinity) < (best.mean ?? Infinity) ? look : best));
}

function shown(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toExponential(2);
}

/** Measures what HiGHS's simplex saves when it starts from a predicted basis. */
import {
  type LabelledProgram,
  pairPredictor,
  polishableMethods,
  STRUCTURED_SPLITS,
  structuredPrograms,
  type StructuredSplit,
  type WarmStarts,
  warmStarts,
} from '@equilibria/lp-solver';
import * as tf from '@tensorflow/tfjs';
import { benchOptions } from './bench/bench-options.ts';
import { writeReport } from './bench/write-report.ts';
import { runProgram, UsageError, wholeNumber } from './program.ts';
import { groupsTable, type ProgramGroup, startsTable } from './warm-start/warm-start-table.ts';

const HELP = `Usage: npm run bench:warm-start -- [--json FILE] [--markdown FILE] [--programs N] [--methods NAME,…] [--evaluations N,…]
                                 [--rounds N] [--seed N]

Predicts the optimal bases of held-out structured programs (default 200), half of the size that models are trained on, half larger, from
the points of the methods (default pdhg,exact-operator) after some evaluations (default 100,300,1000), and starts HiGHS's simplex from them; beside it
from no basis, with and without presolve, and from controls. Times are medians of rounds (default 7) in one process, in turns. Take no
other load beside it: timings are worthless then.

Methods: ${polishableMethods.join(', ')}.`;

const LEGEND = `Savings are parts of what simplex alone takes, with presolve or without, whichever is less on the program, the median over programs and the
quartiles; negative where it takes more. Iterations and milliseconds are medians over programs. Times begin with the program in memory and
end with the basic solution: passing the program to HiGHS is in all of them, the prediction of the basis in those from there. The method's
own time is told beside them, with all that turns the program into its input and back; that of pdhg and exact-operator without
compiling, which serves more programs than one, that of other methods with all they do. An evaluation is a product with A and one with its transpose.

Where a prediction is useless by its own errors, simplex starts without it, as it would alone with presolve; the others are counted as
used. The controls are used whatever they are worth: the optimal point and its multipliers; the point of the box next to the origin without
prices, from which first-order methods start; and a random pair.`;

/** Half of the programs each. */
const SPLITS: readonly StructuredSplit[] = ['test', 'larger'];

async function main(): Promise<number> {
  const values = benchOptions(HELP, {
    programs: '200',
    methods: 'pdhg,exact-operator',
    evaluations: '100,300,1000',
    rounds: '7',
    seed: '0',
  });
  if (values === null) return 0;
  const methods = methodsOf(values.methods);
  const evaluations = values.evaluations.split(',').map((text) => wholeNumber('--evaluations', text));
  const [count, rounds, seed] = [
    wholeNumber('--programs', values.programs, 2),
    wholeNumber('--rounds', values.rounds),
    wholeNumber('--seed', values.seed, 0),
  ];
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const start = performance.now();
  const sets = await Promise.all(
    SPLITS.map((split) => structuredPrograms(split, { seed, size: Math.ceil(count / SPLITS.length) })),
  );
  const programs = sets.flatMap((set) => set.programs);
  const all = await warmStarts(programs, methods.map(pairPredictor), {
    evaluations,
    rounds,
    onProgress: (starts) => console.log(startsTable([starts]).split('\n').at(-1)),
  });
  const groups = groupsOf(sets.map((set) => set.programs));
  await writeReport(
    {
      name: 'bench:warm-start',
      heading: '# Simplex from predicted bases',
      rows: all.map(rounded),
      table: `${startsTable(all)}\n\n${groupsTable(all, groups)}`,
      legend: LEGEND,
      config: {
        programs: programs.length,
        methods,
        evaluations,
        rounds,
        sets: sets.map((set) => set.sha256),
      },
      seed,
      dtype: 'float64',
      wallTimeMs: performance.now() - start,
      remarks: `; ${programs.length} programs, ${SPLITS.map((split) => STRUCTURED_SPLITS[split].variables.join(' to ')).join(' and ')} variables`,
    },
    values,
  );
  return 0;
}

/** By family and split, in the order in which the programs stand. */
function groupsOf(sets: readonly (readonly LabelledProgram[])[]): ProgramGroup[] {
  const labels = sets.flatMap((programs, s) =>
    programs.map(({ lp }) => `${lp.name}, ${STRUCTURED_SPLITS[SPLITS[s]!].variables.join(' to ')}`),
  );
  return [...new Set(labels)].map((name) => ({
    name,
    places: [...labels.keys()].filter((k) => labels[k] === name),
  }));
}

/** Times to microseconds. */
function rounded(starts: WarmStarts): WarmStarts {
  const round = (times: readonly number[]): number[] => times.map((time) => Number(time.toFixed(3)));
  const { presolved, plain } = starts;
  return {
    ...starts,
    predictionTimeMs: round(starts.predictionTimeMs),
    timeMs: round(starts.timeMs),
    basisTimeMs: round(starts.basisTimeMs),
    presolved: { ...presolved, timeMs: round(presolved.timeMs) },
    plain: { ...plain, timeMs: round(plain.timeMs) },
  };
}

function methodsOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !polishableMethods.includes(name));
  if (unknown !== undefined) throw new UsageError(`--methods: there is no method '${unknown}' to polish`);
  return names;
}

await runProgram(main);

/** `npm run lp -- …`: solves linear programs and evaluates the methods. */

import { methods, namesOfMethods, polishableMethods, publicInstances } from '@equilibria/lp-solver';
import { type Command, Option } from 'commander';
import {
  createCommand,
  instanceNames,
  methodName,
  methodNames,
  positiveInteger,
  positiveNumber,
  runProgram,
  tolerance,
} from './arguments.ts';
import { evaluateCommand, type EvaluateCommandOptions } from './evaluate.ts';
import { solveCommand, type SolveCommandOptions } from './solve.ts';

const names = Object.keys(methods);

const toleranceOption = (): Option =>
  new Option('--tolerance <number>', 'bound on the relative errors, at least 1e-14 and below 1')
    .argParser(tolerance)
    .default(1e-6, '1e-6');

const exitCodes = (command: Command, own: string): Command =>
  command.addHelpText(
    'after',
    `\n${own}Exit code: 0 optimal, infeasible or unbounded; 3 at a limit; 1 failed;
2 bad input or usage; 130 interrupted by Ctrl-C.`,
  );

const program = createCommand('npm run lp --').description(
  'Linear programs: solve one, or evaluate the methods.',
);

exitCodes(
  program
    .command('solve')
    .description('Solve an MPS or CPLEX LP file (.mps, .lp, also .gz) and verify the answer.')
    .argument('<file>', 'the program; integer columns are solved as continuous')
    .option(
      '--method <name>',
      `${namesOfMethods.join(', ')}; javascript-lp-solver cannot prove infeasible or unbounded, its word for it counts as failed`,
      methodName,
      names[0],
    )
    .addOption(toleranceOption())
    .option(
      '--iterations <number>',
      'bound on the evaluations (default: none); pdhg runs in epochs of 43, javascript-lp-solver does not count',
      positiveInteger,
    )
    .option(
      '--polish',
      `then solve it by HiGHS's simplex from a basis predicted from the answer, and compare with simplex alone; of ${polishableMethods.join(', ')}`,
    )
    .option(
      '--time-limit <seconds>',
      'time after which the method is stopped, and each run of simplex',
      positiveNumber,
      600,
    )
    .option('--out <file>', 'write values, reduced costs, duals and certificates by name, as JSON')
    .option('--json', 'print one JSON object and nothing else (scripts call npm run -s lp -- …)'),
  '',
).action(async (file: string, options: SolveCommandOptions) => {
  process.exitCode = await solveCommand(file, options);
});

program
  .command('evaluate')
  .description('Run methods on every public instance. Finished rows are kept: run it again to go on.')
  .requiredOption('--data <dir>', 'the data folder, which holds lp/')
  .option('--out <file>', 'the table as JSON; a Markdown table is written beside it', 'out/lp-outcomes.json')
  .option('--methods <names>', 'names, separated by commas', methodNames, names)
  .option('--instances <names>', 'names, separated by commas, as afiro (default: all)', instanceNames)
  .addOption(toleranceOption())
  .option('--time-limit <seconds>', 'time after which a method is stopped', positiveNumber, 60)
  .addHelpText(
    'after',
    `
Time: ${publicInstances.length} instances by ${names.length} methods at 60 s take at most ${hours(60)} hours, most rows below a second.
pdhg and highs-pdlp at --tolerance 1e-4 take about 11 minutes on two cores.
Exit code: 0 when the table is complete; 1 failed; 2 bad input or usage; 130 interrupted by Ctrl-C.`,
  )
  .action(async (options: EvaluateCommandOptions) => {
    await evaluateCommand(options);
  });

await runProgram(program);

/** Time of all rows if each takes its limit and the grace that a method is given to end. */
function hours(timeLimit: number): number {
  return Math.ceil((publicInstances.length * names.length * timeLimit * 1.05) / 3600);
}

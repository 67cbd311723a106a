/** `npm run lp -- …`: solves linear programs and evaluates the methods. */

import { methods } from '@equilibria/lp-solver';
import {
  createCommand,
  methodName,
  methodNames,
  positiveInteger,
  positiveNumber,
  runProgram,
} from './arguments.ts';
import { evaluateCommand, type EvaluateCommandOptions } from './evaluate.ts';
import { solveCommand, type SolveCommandOptions } from './solve.ts';

const names = Object.keys(methods);

const program = createCommand('npm run lp --').description(
  'Linear programs: solve one, or evaluate the methods.',
);

program
  .command('solve')
  .description('Solve an MPS or CPLEX LP file (.mps, .lp, also .gz) and verify the answer.')
  .argument('<file>', 'the program; integer columns are solved as continuous')
  .option('--method <name>', names.join(', '), methodName, names[0])
  .option('--tolerance <number>', 'bound on the relative errors', positiveNumber, 1e-6)
  .option('--iterations <number>', 'bound on the evaluations (default: none)', positiveInteger)
  .option('--time-limit <seconds>', 'time after which the method is stopped', positiveNumber, 600)
  .option('--out <file>', 'write values, reduced costs and duals by name, as JSON')
  .option('--json', 'print one JSON object and nothing else')
  .addHelpText(
    'after',
    '\nExit code: 0 optimal, infeasible or unbounded; 3 at a limit; 1 failed; 2 bad input or usage.',
  )
  .action(async (file: string, options: SolveCommandOptions) => {
    process.exitCode = await solveCommand(file, options);
  });

program
  .command('evaluate')
  .description('Run methods on every public instance. Finished rows are kept: run it again to go on.')
  .requiredOption('--data <dir>', 'the data folder, which holds lp/')
  .option('--out <file>', 'the table as JSON; a Markdown table is written beside it', 'out/lp-outcomes.json')
  .option('--methods <names>', 'names, separated by commas', methodNames, names)
  .option('--tolerance <number>', 'bound on the relative errors', positiveNumber, 1e-6)
  .option('--time-limit <seconds>', 'time after which a method is stopped', positiveNumber, 60)
  .action(async (options: EvaluateCommandOptions) => {
    await evaluateCommand(options);
  });

await runProgram(program);

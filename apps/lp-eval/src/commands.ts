/** The command line: its commands and their options. What a command needs is loaded when it is called. */

import {
  exactOperator,
  gnnNamed,
  gnnNames,
  isImplicit,
  methods,
  namesOfMethods,
  polishableMethods,
  publicInstances,
  STUDY_SETS,
  studyMethods,
} from '@equilibria/lp-solver';
import { type Command, Option } from 'commander';
import {
  createCommand,
  instanceNames,
  methodName,
  methodNames,
  modelsFolder,
  namesAmong,
  positiveInteger,
  positiveNumber,
  tolerance,
  wholeNumber,
  wholeNumbers,
} from './arguments.ts';
import type { EvaluateCommandOptions } from './evaluate.ts';
import type { InstancesCommandOptions } from './instances.ts';
import type { LipschitzCommandOptions } from './lipschitz.ts';
import type { ReportCommandOptions } from './report.ts';
import type { SolveCommandOptions } from './solve.ts';
import type { TrainCommandOptions } from './train.ts';

/** Names of all models that can be trained, and of the networks that the Lipschitz study can differentiate. */
const trainableModels: readonly string[] = [...gnnNames, exactOperator.name];
const studiedNetworks = gnnNames.filter((name) => isImplicit(gnnNamed(name)!.kind));

const names = Object.keys(methods);

/** On one core of an AMD EPYC; the card of each model tells its own. */
const TRAINING_TIMES = `Time: by its size 1 to 3 minutes for an explicit network, 9 to 23 for an equilibrium, 3 to 14 for an unrolled one and 7 to 25 for
an untied one; 4 for an exact operator.`;

const toleranceOption = (): Option =>
  new Option('--tolerance <number>', 'bound on the relative errors, at least 1e-14 and below 1')
    .argParser(tolerance)
    .default(1e-6, '1e-6');

/** The end of a command's help: what there is to say besides, and what its exit codes mean. */
const afterOptions = (success: string, ...own: readonly string[]): string =>
  ['', ...own, `Exit code: 0 ${success}; 1 failed; 2 bad input or usage; 130 interrupted by Ctrl-C.`].join(
    '\n',
  );

/** The program, ready to parse. */
export function createProgram(): Command {
  const program = createCommand('npm run lp --').description(
    'Linear programs: solve one, or evaluate the methods.',
  );
  for (const add of [addSolve, addEvaluate, addLipschitz, addReport, addTrain, addInstances]) add(program);
  return program;
}

function addSolve(program: Command): void {
  program
    .command('solve')
    .description('Solve an MPS or CPLEX LP file (.mps, .lp, also .gz) and verify the answer.')
    .argument('<file>', 'the program; integer columns are solved as continuous')
    .option(
      '--method <name>',
      `${namesOfMethods.join(', ')}; implicit is the exact operator; javascript-lp-solver cannot prove infeasible or unbounded, its word for it counts as failed`,
      methodName,
      names[0],
    )
    .addOption(toleranceOption())
    .option(
      '--iterations <number>',
      'bound on the evaluations (default: none); pdhg runs in epochs of 43 and takes at least 44, exact-operator of 48 and at least 49; javascript-lp-solver does not count',
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
    .option('--json', 'print the same JSON on one line and nothing else (scripts call npm run -s lp -- …)')
    .addHelpText('after', afterOptions('optimal, infeasible or unbounded; 3 at a limit'))
    .action(async (file: string, options: SolveCommandOptions) => {
      const { solveCommand } = await import('./solve.ts');
      process.exitCode = await solveCommand(file, options);
    });
}

function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description(
      'Draw fresh test programs and run models and baselines on them along their evaluations. Prints tables; writes results.json and figures.',
    )
    .requiredOption('--out <dir>', 'the folder for the files, made if it is not there')
    .option('--seed <number>', 'of the test programs (default: 0)', wholeNumber)
    .option(
      '--sets <names>',
      `sets of programs, of ${STUDY_SETS.join(', ')} (default: paper; none with --folder)`,
      namesAmong(STUDY_SETS),
    )
    .option(
      '--programs <number>',
      'programs of each of --sets (default: 1000 of the paper, 300 structured, 90 of larger ones)',
      positiveInteger,
    )
    .option('--folder <dir>', 'MPS and LP files of your own, as a set')
    .option(
      '--methods <names>',
      'names, separated by commas (default: all that are meant for the set and whose models are there)',
      namesAmong(studyMethods),
    )
    .option('--models <dir>', 'the folder of trained models (default: those that are shipped)', modelsFolder)
    .addOption(
      new Option('--model-seeds <numbers>', 'seeds with which the models were trained')
        .argParser(wholeNumbers)
        .default([0], '0'),
    )
    .option(
      '--pairs <number>',
      'pairs of each perturbation, of the paper set (default: none)',
      positiveInteger,
    )
    .addHelpText('after', afterOptions('when the files are written', `Methods: ${studyMethods.join(', ')}.`))
    .action(async (options: EvaluateCommandOptions) => {
      await (await import('./evaluate.ts')).evaluateCommand(options);
    });
}

function addLipschitz(program: Command): void {
  program
    .command('lipschitz')
    .description(
      'Change fresh test programs a little, in five ways, and measure how much the answers of implicit networks change, to ten times the depth of training, beside the exact map.',
    )
    .requiredOption('--out <dir>', 'the folder for the files, made if it is not there')
    .option('--seed <number>', 'of the test programs and the changes', wholeNumber, 0)
    .option('--programs <number>', 'test programs', positiveInteger, 1000)
    .addOption(
      new Option('--methods <names>', `names, separated by commas, of ${studiedNetworks.join(', ')}`)
        .argParser(namesAmong(studiedNetworks))
        .default(['implicit-gnn-8'], 'implicit-gnn-8'),
    )
    .option('--models <dir>', 'the folder of trained models (default: those that are shipped)', modelsFolder)
    .addHelpText('after', afterOptions('when the files are written'))
    .action(async (options: LipschitzCommandOptions) => {
      await (await import('./lipschitz.ts')).lipschitzCommand(options);
    });
}

function addReport(program: Command): void {
  program
    .command('report')
    .description('Write the page of an evaluation from the files of evaluate and lipschitz.')
    .requiredOption('--in <dir>', 'the folder that they wrote')
    .option('--out <file>', 'the page, Markdown', 'out/lp-report.md')
    .addHelpText('after', afterOptions('when the page is written'))
    .action(async (options: ReportCommandOptions) => {
      await (await import('./report.ts')).reportCommand(options);
    });
}

function addTrain(program: Command): void {
  program
    .command('train')
    .description('Train models. Stopped at any time and called again, it goes on; what is finished is kept.')
    .addOption(
      new Option('--models <names>', `names, separated by commas, of ${trainableModels.join(', ')}`)
        .argParser(namesAmong(trainableModels))
        .default(trainableModels, 'all'),
    )
    .addOption(
      new Option('--seeds <numbers>', 'seeds, separated by commas').argParser(wholeNumbers).default([0], '0'),
    )
    .option('--steps <number>', 'steps of each (default: those of the recipe)', positiveInteger)
    .option('--out <dir>', 'the folder of all models and their runs', 'out/lp-models')
    .option('--ship <dir>', 'a folder to copy finished models to')
    .addHelpText('after', afterOptions('when all models are trained', TRAINING_TIMES))
    .action(async (options: TrainCommandOptions) => {
      await (await import('./train.ts')).trainCommand(options);
    });
}

function addInstances(program: Command): void {
  program
    .command('instances')
    .description('Run methods on every public instance. Finished rows are kept: run it again to go on.')
    .requiredOption('--data <dir>', 'the data folder, which holds lp/')
    .option(
      '--out <file>',
      'the table as JSON; a Markdown table is written beside it',
      'out/lp-outcomes.json',
    )
    .addOption(
      new Option('--methods <names>', 'names, separated by commas')
        .argParser(methodNames)
        .default(names, names.join(',')),
    )
    .option('--instances <names>', 'names, separated by commas, as afiro (default: all)', instanceNames)
    .addOption(toleranceOption())
    .option('--time-limit <seconds>', 'time after which a method is stopped', positiveNumber, 60)
    .addHelpText(
      'after',
      afterOptions(
        'when the table is complete',
        `Time: ${publicInstances.length} instances by ${names.length} methods at 60 s take at most ${hours(60)} hours, most rows below a second.`,
        'pdhg and highs-pdlp at --tolerance 1e-4 take about 11 minutes on two cores.',
      ),
    )
    .action(async (options: InstancesCommandOptions) => {
      await (await import('./instances.ts')).instancesCommand(options);
    });
}

/** Time of all rows if each takes its limit and the grace that a method is given to end. */
function hours(timeLimit: number): number {
  return Math.ceil((publicInstances.length * names.length * timeLimit * 1.05) / 3600);
}

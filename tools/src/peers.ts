/** Measures whole solves and whole training steps against PyTorch, alternating, in one run. */
import { runBenchmark } from './bench/run-benchmark.ts';
import { CASES } from './peers/cases.ts';
import { runProgram } from './program.ts';

const HELP = `Usage: npm run peers -- [--json FILE] [--markdown FILE] [--rounds N] [--cases NAME,…] [--python FILE]

Times whole solves and whole training steps, each one compiled graph, beside the same in PyTorch (tools/peers) where the
interpreter has it, alternating; where it has torchdeq too, the solves also with that. Both sides must agree in their
results and in their numbers of steps before anything is timed. PyTorch gets the best of 1 or all threads for itself and
for OpenBLAS in each case. Take no other load beside it: timings are worthless then.`;

const HEADING = '# Whole solves and training steps beside PyTorch';

const LEGEND = `The same operators, sizes, tolerances and solvers on both sides, which agreed in their results to a thousandth and in their numbers
of steps, in one run, in turn, each after the other's threads have stopped spinning, with an allocator that keeps freed memory. Steps are
those of the solve, + of its adjoint. PyTorch has the best number of threads, of itself + of OpenBLAS. The ratio is the median over rounds of
its time by ours: above 1 ours is ahead. GFLOP and MB are ours, by the shapes of the graph and the steps that were taken; the limit is the
operations, or the bytes of inputs and outputs, at the speed of the machine.

| case | what |
| --- | --- |
| tanh-bare | 100 steps of z = tanh(zW + x), 16×64, nothing measured |
| tanh-solve | the same with a residual for each sample at each step, samples that stop by themselves, and a tolerance that 100 steps do not reach |
| tanh-solve-verdicts | ours also looks for cycles, divergence and stagnation, as core does unless told otherwise; PyTorch as before |
| tanh-solve-large | 64×512, to the tolerance |
| conv | z = relu(conv(relu(conv(z))) + x), 64 channels at 128², filters of 3×3 |
| fourier | z = tanh(spectral(z) + conv(z) + x), 8×32×64², 12 modes, filters of 1×1 |
| messages | variables and rows of a linear program, 100 000 edges × 32 features, each message weight·relu(sent + seen), both ways |
| linear-messages | messages that are multiples of what is sent; in PyTorch, products with a sparse matrix |
| transformer | a block of attention and two dense layers, norms after the sums, 8×128 tokens × 256 |
| lp-step-E | the implicit graph network for linear programs at embedding E: a batch of 100 programs, 10 rows × 50 columns, 10 coefficients a row |

\`-solve\` is Picard iteration from zero until each sample has \`‖f(z) − z‖ ≤ 1e-6 + 1e-4·‖f(z)‖\`, weights constant. \`-step-jfb\` and \`-step-implicit\`
are training steps, parameters in and parameters out: the solve, the mean squared distance from a target, its gradient by one step from the
fixed point (Jacobian-free) or by the adjoint fixed point to the same tolerance, and a step of gradient descent. PyTorch solves without a tape,
in place where it can, evaluates the operator once for all steps of the adjoint, has its images channels last, and updates in place. Ours checks
each solution once more than PyTorch, and NaN at every step.

\`lp-step-E\` is a step of equilibrium training: nine iterations that are not differentiated (as many as wide networks take in the mean) + three that are, the loss after each of these,
the gradient clipped, Adam and a moving average of the parameters. Ours has one thread, as in training. Gradients agreed parameter by
parameter to 1e-4. PyTorch has it in four forms, of which the fastest counts: layer by layer, with sums over the edges as products with dense
matrices, as scattered messages or as products with a sparse matrix; and folded as ours is, neighbouring linear layers in one and what does
not change between iterations computed once. All its parameters are views of one vector.`;

await runProgram(() =>
  runBenchmark({
    name: 'peers',
    help: HELP,
    heading: HEADING,
    legend: LEGEND,
    cases: CASES,
    script: 'solve_cases.py',
  }),
);

/** Runs the listed kernels, gradients and loops wherever this machine can, against float64, and prints a table. */
import { parseArgs } from 'node:util';
import { assertWritable, saveFile } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { type CaseOutcome, conformanceOf } from './conformance/judge.ts';
import { listProbes } from './conformance/probes.ts';
import { conformanceTable, type Row } from './conformance/table.ts';
import { targets } from './conformance/targets.ts';
import { runProgram } from './program.ts';

const HELP = `Usage: npm run conformance -- [--json FILE] [--markdown FILE]

Runs every listed kernel, gradient and loop on each back end of TensorFlow.js and each execution provider of
ONNX Runtime that is here, and holds the results against ONNX Runtime's CPU provider in float64 (against
TensorFlow.js where there is no float64). Prints a table; says of what is not here why.
For WebGPU on Linux, a Vulkan driver must be there; VK_DRIVER_FILES chooses one.

Exit codes: 0 every compiled graph is right wherever it ran, 1 one is not, 2 wrong usage. What TensorFlow.js's
own back ends get wrong is listed only.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'string' }, markdown: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.json !== undefined) assertWritable('--json', values.json);
  if (values.markdown !== undefined) assertWritable('--markdown', values.markdown);
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  console.log('Looking for back ends and providers; their drivers may complain.');
  const probes = await listProbes();
  const rows: Row[] = [];
  for (const target of targets) {
    const started = await target.start();
    if (typeof started === 'string') {
      rows.push({ target: target.name, isOurs: false, absent: started });
      continue;
    }
    const outcomes: CaseOutcome[] = [];
    for (const probe of probes) outcomes.push(await conformanceOf(probe, started));
    await started.stop();
    rows.push({ target: target.name, isOurs: !started.isTfjs, outcomes });
  }
  const table = conformanceTable(rows);
  console.log(`\n${table}`);
  if (values.markdown !== undefined) await saveFile('--markdown', values.markdown, `${table}\n`);
  if (values.json !== undefined) await saveFile('--json', values.json, `${JSON.stringify(rows, null, 2)}\n`);
  const failed = rows.filter(
    ({ isOurs, outcomes }) => isOurs && outcomes?.some(({ verdict }) => verdict !== 'right'),
  );
  console.log(
    `\n${failed.length === 0 ? 'Every compiled graph is right, wherever it ran.' : 'Not every compiled graph is right.'}`,
  );
  return failed.length === 0 ? 0 : 1;
}

await runProgram(main);

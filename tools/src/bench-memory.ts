/** Measures the peak memory of a training step against the iterations of its solve. */
import { runMemory } from './memory/run-memory.ts';
import { runProgram } from './program.ts';

await runProgram(runMemory);

/** `npm run lp -- …`: solves linear programs and evaluates the methods. */

import * as tf from '@tensorflow/tfjs';
import { runProgram } from './arguments.ts';
import { createProgram } from './commands.ts';

// No advertisement for other backends: nothing here runs eagerly for long.
tf.env().set('PROD', true);

await runProgram(createProgram());

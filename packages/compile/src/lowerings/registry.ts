/** Every lowering, one file per family. A new kernel is a line in its family's file. */
import { activations } from './activations.ts';
import { arithmetic } from './arithmetic.ts';
import { convolutions } from './convolutions.ts';
import { counting } from './counting.ts';
import { creation } from './creation.ts';
import { functions } from './functions.ts';
import { indexing } from './indexing.ts';
import { logic } from './logic.ts';
import type { Lowerings } from './lowering.ts';
import { matrices } from './matrices.ts';
import { morphology } from './morphology.ts';
import { normalisations } from './normalisations.ts';
import { pooling } from './pooling.ts';
import { reductions } from './reductions.ts';
import { resizing } from './resizing.ts';
import { shapes } from './shapes.ts';

export const LOWERINGS: Lowerings = {
  ...arithmetic,
  ...functions,
  ...activations,
  ...logic,
  ...creation,
  ...shapes,
  ...indexing,
  ...reductions,
  ...matrices,
  ...convolutions,
  ...pooling,
  ...resizing,
  ...normalisations,
  ...morphology,
  ...counting,
};

/** Keys and samplers. */
export { fold, fromSeed, split, type Key } from './key.ts';
export {
  integers,
  normal,
  permutation,
  toTensor,
  uniform,
  type IntegerSamples,
  type SampleShape,
  type Samples,
} from './samplers.ts';

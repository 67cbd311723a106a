/** Batches and splits of data. */
export {
  batches,
  type BatchOptions,
  type BatchPosition,
  type Leftovers,
  type PlacedBatch,
  type SampleSource,
} from './batches.ts';
export { splitDataset, subset, type Split, type SplitOptions } from './split-dataset.ts';
export { stack } from './stack.ts';
export { toHostTree, toTensors, type HostTree } from './host-tree.ts';

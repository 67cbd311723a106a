/** Implicit models: operators, fixed-point solvers, Lipschitz estimates and scaling studies. */
export {
  constant,
  DataError,
  disposeTree,
  DtypeError,
  leaves,
  leavesWithPaths,
  mapTensors,
  mapTree,
  ShapeError,
  spec,
  specsOf,
  tidyTree,
  TraceError,
  unflatten,
  UnsupportedOpError,
  whileLoop,
  zipTensors,
  type ElementType,
  type HostArray,
  type MapTree,
  type PathLeaf,
  type TensorSpec,
  type TensorTree,
  type Tree,
  type WhileLoop,
  type WhileLoopResult,
} from '@equilibria/compile';
export * from './random/index.ts';
export * from './deployment/index.ts';
export * from './operators/index.ts';
export * from './gradients/index.ts';
export * from './lipschitz/index.ts';
export * from './regularisation/index.ts';
export * from './solvers/index.ts';
export * from './training/index.ts';
export * from './data/index.ts';
export * from './checkpoints/index.ts';
export * from './properties/index.ts';
export * from './test-time/index.ts';
export * from './evaluation/index.ts';
export * from './theory/index.ts';
export * from './learned/index.ts';

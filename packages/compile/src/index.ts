/** TF.js function → ONNX graph → ONNX Runtime session. */
export {
  DataError,
  DtypeError,
  ProviderError,
  ShapeError,
  TraceError,
  UnsupportedOpError,
} from './errors.ts';
export { type Description } from './graph/describe.ts';
export { type Passes } from './graph/graph.ts';
export { readModel, type ModelFacts, type ModelPort } from './graph/read-model.ts';
export {
  compileLoop,
  type CompiledLoop,
  type LoopParts,
  type LoopRun,
  type RunLoopOptions,
} from './loop/compile-loop.ts';
export { attention, type AttentionInputs, type AttentionOptions } from './layers/attention.ts';
export { groupNorm, instanceNorm, layerNorm, rmsNorm, type Affine } from './layers/normalisation.ts';
export { spectralConvolution, type SpectralWeights } from './layers/spectral-convolution.ts';
export { runInChunks, type ChunkEnd, type ChunkOptions, type LoopEnd } from './loop/run-in-chunks.ts';
export { whileLoop, type WhileLoop, type WhileLoopResult } from './loop/while-loop.ts';
export {
  compile,
  type Arrays,
  type Compiled,
  type CompileOptions,
  type Signature,
  type Tensors,
} from './runtime/compile.ts';
export { type ArrayInput, type Port, type Precision } from './runtime/host-arrays.ts';
export { jit, type Jitted } from './runtime/jit.ts';
export { assertKnownOptions } from './runtime/known-options.ts';
export { backendNames, useBackend, type BackendName } from './runtime/use-backend.ts';
export { constant } from './trace/constant.ts';
export { isTracing } from './trace/tracer.ts';
export {
  assertSamePaths,
  disposeTree,
  leaves,
  leavesWithPaths,
  mapTensors,
  mapTree,
  spec,
  specsOf,
  tidyTree,
  unflatten,
  zipTensors,
  type ElementType,
  type HostArray,
  type MapTree,
  type PathLeaf,
  type TensorSpec,
  type TensorTree,
  type Tree,
} from './tree/tree.ts';

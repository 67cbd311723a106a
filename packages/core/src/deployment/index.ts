/** Whole solves as one ONNX file. */
export { exportOnnx, type OnnxOptions, type OnnxSource } from './export-onnx.ts';
export { describeOnnx, type OnnxDescription, type SolveCard } from './onnx-metadata.ts';

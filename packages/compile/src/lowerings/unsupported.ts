/** The kernels of TF.js that cannot become ONNX nodes: why, and what to use instead. */

const complex = 'ONNX has no complex numbers. Carry real and imaginary parts as two tensors';
const shape =
  'the shape of its result depends on values. Compute it outside, or use a mask of fixed shape (tf.where)';
const text = 'graphs compute with numbers, not with strings. Compute it outside';
const sampling =
  'it reads at positions that are computed. Compute them outside and use tf.gather, or resize with tf.image';

export const UNSUPPORTED: Readonly<Record<string, string>> = {
  Complex: complex,
  ComplexAbs: complex,
  Real: complex,
  Imag: complex,
  FFT: `${complex}, and transform by products with the matrices of cosines and sines`,
  IFFT: `${complex}, and transform by products with the matrices of cosines and sines`,
  Multinomial:
    'its random numbers would be frozen into the graph. Draw outside and pass the samples as an input',
  Draw: 'it draws on a canvas. Return the tensor and draw it outside',
  CropAndResize: sampling,
  Transform: sampling,
  NonMaxSuppressionV3: shape,
  NonMaxSuppressionV4: shape,
  NonMaxSuppressionV5: shape,
  Unique: shape,
  RaggedGather: shape,
  RaggedRange: shape,
  RaggedTensorToTensor: shape,
  SparseFillEmptyRows: shape,
  SparseReshape: shape,
  StaticRegexReplace: text,
  StringNGrams: text,
  StringSplit: text,
  StringToHashBucketFast: text,
};

/** The named errors of misuse. Numerical failure is never thrown: it is a status in a result. */

/** A tensor or tree does not have the shape (or structure) that must hold. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** A tensor does not have the dtype that must hold. */
export class DtypeError extends Error {
  override readonly name = 'DtypeError';
}

/** Data from outside (a file, a checkpoint, a configuration) is not what it must be. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** An operation that cannot be compiled: no lowering, or no kernel for it in the asked precision. */
export class UnsupportedOpError extends Error {
  override readonly name = 'UnsupportedOpError';
  /** The TF.js kernel, as registered. */
  readonly kernel: string;

  constructor(kernel: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kernel = kernel;
  }
}

/** An execution provider that cannot be used here. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
}

/** Something that would be silently wrong in a compiled graph: randomness, host reads, escaped tensors, cut gradients. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

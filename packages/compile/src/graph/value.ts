/** The vocabulary of a graph under construction: values, nodes and scopes. Knows nothing of TF.js. */
import { ShapeError } from '../errors.ts';

export type OnnxType = 'float' | 'double' | 'int32' | 'int64' | 'bool';

export type ConstantData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

export type Attribute = number | string | readonly number[];

/** A symbolic tensor. Its shape is always known, but for the number of rows of a {@link Value.ragged} one. */
export type Value = {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  /** Where it is computed: visible there and in every scope inside. */
  readonly scope: Scope;
  /** Set if this is an initializer. */
  readonly constant?: ConstantData;
  /** Set for a number known only at run time that is bounded: what it is at most. */
  readonly atMost?: number;
  /** Set if this is only a broadcast of a smaller value, which operators that broadcast can take instead. */
  readonly broadcastOf?: Value;
  /** Set if this is only a value stored in another order of axes, which operators that can take instead. */
  readonly transposeOf?: Stored;
  /** Set if its rows are rows of another value, listed while tracing. */
  readonly rowsOf?: Rows;
  /** Set if this was computed element by element from such rows. */
  readonly elementwiseOf?: Elementwise;
  /** Set for what a loop collected: axis 0 is as long as the loop ran, up to `shape[0]`; `shape` says the bound. */
  readonly ragged?: true;
};

/** Where a transposed value comes from: its axis `i` is axis `perm[i]` of `source`. */
export type Stored = { readonly source: Value; readonly perm: readonly number[] };

/** Where gathered rows come from: row `i` is row `rows[i]` of `source`. */
export type Rows = { readonly source: Value; readonly rows: Int32Array };

/**
 * An element-wise operator on inputs that broadcast. `operators` counts it and all like it between here and gathered rows, each as
 * often as it is used: so many would be repeated.
 */
export type Elementwise = {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Node['attributes'];
  readonly operators: number;
};

export type Node = {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The body of a `Loop`. */
  readonly body?: Scope;
};

/** A graph or the body of a loop. */
export type Scope = {
  readonly parent: Scope | null;
  readonly depth: number;
  readonly nodes: Node[];
  readonly inputs: Value[];
  readonly outputs: Value[];
  /** Nodes already emitted here, by their text: the common subexpressions. */
  readonly known: Map<string, readonly Value[]>;
};

export function createScope(parent: Scope | null): Scope {
  return {
    parent,
    depth: parent === null ? 0 : parent.depth + 1,
    nodes: [],
    inputs: [],
    outputs: [],
    known: new Map(),
  };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/**
 * Shape of an element-wise operation on these shapes (numpy's rule).
 * @throws {ShapeError} if there is none.
 */
export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const [length = 1, ...others] = new Set(lengths.filter((n) => n !== 1));
    if (others.length === 0) return length;
    throw new ShapeError(
      `compile: shapes must broadcast, axis by axis from the last; got ${shapes.map(shapeText).join(' and ')}.`,
    );
  });
}

/** A shape as messages have it. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

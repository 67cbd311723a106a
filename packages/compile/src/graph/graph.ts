/** A graph under construction: emits nodes, shares equal ones, and places each as far outside loops as it can be. */
import {
  broadcastShape,
  type ConstantData,
  createScope,
  isSameShape,
  type Node,
  type OnnxType,
  type Scope,
  sizeOf,
  type Value,
} from './value.ts';
import {
  compose,
  inverse,
  isIdentity,
  keepsValues,
  movesOneAxis,
  permute,
  permutedData,
  swapsOf,
} from './permutation.ts';

/** Passes that change the speed of a graph, never its results. All on by default. */
export type Passes = {
  /** Equal nodes are computed once. */
  readonly commonSubexpressions: boolean;
  /** Nodes of a loop body that depend on no loop variable are computed before the loop. */
  readonly loopInvariantMotion: boolean;
  /** A transposed value stays as it is stored where operators can take it so: no transposes between convolutions. */
  readonly pendingTransposes: boolean;
  /** Rows that are added by segment are gathered before the element-wise operators on them, segments of a length at a time. */
  readonly earlyGathers: boolean;
  /** Several steps of a small loop body are one iteration, where neither a condition nor a record looks between them. */
  readonly unrolling: boolean;
  /** Nodes and loop variables that no output needs are dropped. */
  readonly deadCode: boolean;
};

export const ALL_PASSES: Passes = {
  commonSubexpressions: true,
  loopInvariantMotion: true,
  pendingTransposes: true,
  earlyGathers: true,
  unrolling: true,
  deadCode: true,
};

/** What a node puts out. */
export type Output = { readonly type: OnnxType; readonly shape: readonly number[]; readonly ragged?: true };

export class Graph {
  readonly root: Scope = createScope(null);
  readonly passes: Passes;
  /** What TF.js calls float32 is computed in this type. */
  readonly floatType: 'float' | 'double';
  #scope: Scope = this.root;
  #names = 0;
  #loops = 0;

  constructor(floatType: 'float' | 'double', passes: Passes) {
    this.floatType = floatType;
    this.passes = passes;
  }

  /** Loops emitted so far, wherever they were placed. */
  get loopCount(): number {
    return this.#loops;
  }

  /** Traces `fn` into a new scope, the body of a loop. */
  inNewScope(fn: (scope: Scope) => void): Scope {
    const outer = this.#scope;
    this.#scope = createScope(outer);
    try {
      fn(this.#scope);
      return this.#scope;
    } finally {
      this.#scope = outer;
    }
  }

  /** Declares an input of the current scope. */
  input(name: string | null, type: OnnxType, shape: readonly number[]): Value {
    const value: Value = { name: name ?? this.#freshName(), type, shape, scope: this.#scope };
    this.#scope.inputs.push(value);
    return value;
  }

  /** Emits a node with one output. */
  emit(op: string, inputs: readonly Value[], output: Output, attributes: Node['attributes'] = {}): Value {
    return this.emitMany(op, inputs, [output], attributes)[0]!;
  }

  /** Emits a node with several outputs. */
  emitMany(
    op: string,
    inputs: readonly Value[],
    outputs: readonly Output[],
    attributes: Node['attributes'] = {},
  ): readonly Value[] {
    const scope = mayFail(op, inputs) ? this.#scope : this.#home(inputs);
    const key = this.passes.commonSubexpressions
      ? JSON.stringify([op, inputs.map(({ name }) => name), attributes, outputs.map(({ type }) => type)])
      : null;
    const known = key === null ? undefined : lookUp(scope, key);
    if (known !== undefined) return known;
    const values = outputs.map((output) => this.#value(output, scope));
    scope.nodes.push({ op, inputs, outputs: values, attributes });
    if (key !== null) scope.known.set(key, values);
    return values;
  }

  /** Emits a `Loop`; it is placed where the deepest value that it or its body uses is visible. */
  emitLoop(inputs: readonly Value[], outputs: readonly Output[], body: Scope): readonly Value[] {
    const scope = holdsWhatMayFail(body) ? this.#scope : this.#home([...inputs, ...freeValues(body)]);
    this.#loops += 1;
    const values = outputs.map((output) => this.#value(output, scope));
    scope.nodes.push({ op: 'Loop', inputs, outputs: values, attributes: {}, body });
    return values;
  }

  /** An initializer. Large arrays of one value are stored as that value and expanded when the graph is loaded. */
  constant(data: ConstantData, type: OnnxType, shape: readonly number[]): Value {
    const first = data[0];
    if (data.length > 16 && first !== undefined && data.every((x: number | bigint) => Object.is(x, first))) {
      return this.broadcast(this.#initializer(data.slice(0, 1), type, []), shape);
    }
    return this.#initializer(data, type, shape);
  }

  /** A scalar of the graph's float type, in full precision. */
  float(value: number): Value {
    const data = this.floatType === 'double' ? Float64Array.of(value) : Float32Array.of(value);
    return this.constant(data, this.floatType, []);
  }

  /** @throws {RangeError} if `value` is not an int32. */
  int32(value: number): Value {
    if ((value | 0) !== value) throw new RangeError(`compile: an int32 constant must be one; got ${value}.`);
    return this.constant(Int32Array.of(value), 'int32', []);
  }

  /** A vector of int64, the type of shapes and axes. */
  int64s(values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values.map(BigInt)), 'int64', [values.length]);
  }

  /** A scalar of the type of `like`. */
  scalarLike(like: Value, value: number): Value {
    if (like.type === 'int32') return this.int32(Math.trunc(value));
    if (like.type === 'bool') return this.constant(Uint8Array.of(value === 0 ? 0 : 1), 'bool', []);
    return this.float(value);
  }

  /** `x` repeated to `shape` by numpy's rule; operators that broadcast by themselves see through it. */
  broadcast(x: Value, shape: readonly number[]): Value {
    if (isSameShape(x.shape, shape)) return x;
    const source = x.broadcastOf ?? x;
    const value = this.emit('Expand', [source, this.int64s(shape)], { type: x.type, shape });
    const seen: Value = { ...value, broadcastOf: source };
    return seen;
  }

  /**
   * An element-wise operator that broadcasts by itself. `type` defaults to that of the first input. It works on what is stored: the
   * result has the order of axes of the first input of full rank that is stored in another one.
   */
  elementwise(
    op: string,
    inputs: readonly Value[],
    type: OnnxType = inputs[0]!.type,
    attributes = {},
  ): Value {
    const { length: rank } = broadcastShape(...inputs.map((x) => x.shape));
    const pending = inputs.find((x) => x.transposeOf !== undefined && x.shape.length === rank);
    if (pending === undefined) return this.#elementwise(op, inputs, type, attributes);
    const { perm } = pending.transposeOf!;
    const stored = inputs.map((x) =>
      x.shape.length === 0 ? x : this.transpose(this.#withRank(x, rank), inverse(perm)),
    );
    return this.transpose(this.#elementwise(op, stored, type, attributes), perm);
  }

  /** `x` with its axes in another order; see {@link Passes.pendingTransposes}. */
  transpose(x: Value, perm: readonly number[]): Value {
    const { transposeOf, broadcastOf } = x;
    if (isIdentity(perm)) return x;
    if (transposeOf !== undefined) return this.transpose(transposeOf.source, compose(transposeOf.perm, perm));
    const shape = permute(x.shape, perm);
    if (broadcastOf !== undefined) {
      return this.broadcast(this.transpose(this.#withRank(broadcastOf, perm.length), perm), shape);
    }
    if (keepsValues(x.shape, perm)) return this.reshape(x, shape);
    const value = this.#permuted(x, perm, shape);
    return this.passes.pendingTransposes ? { ...value, transposeOf: { source: x, perm } } : value;
  }

  /** A constant with its axes in another order, put so now; null if `x` is none. */
  transposedConstant(x: Value, perm: readonly number[]): Value | null {
    const { constant, name, type, shape } = x;
    if (constant === undefined) return null;
    const key = `transposed ${name} ${perm.join()}`;
    const known = this.root.known.get(key);
    if (known !== undefined) return known[0]!;
    const value = this.#initializer(permutedData(constant, shape, perm), type, permute(shape, perm));
    this.root.known.set(key, [value]);
    return value;
  }

  /**
   * Applies an operator that keeps the rank and treats each axis by itself to `x` as it is stored.
   * @param apply - gets the stored value and the stored axis of each axis of `x`.
   */
  asStored(x: Value, apply: (stored: Value, storedAxis: (axis: number) => number) => Value): Value {
    if (x.transposeOf === undefined) return apply(x, (axis) => axis);
    const { source, perm } = x.transposeOf;
    return this.transpose(
      apply(source, (axis) => perm[axis]!),
      perm,
    );
  }

  /** `x` as int32, truncated. What has no int32 (NaN, infinities, larger numbers) becomes 0, as in TF.js but for the last. */
  toInt32(x: Value): Value {
    if (x.type !== 'float' && x.type !== 'double') return this.cast(x, 'int32');
    const scalar = (value: number): Value =>
      this.constant(x.type === 'double' ? Float64Array.of(value) : Float32Array.of(value), x.type, []);
    const fits = this.elementwise('And', [
      this.elementwise('GreaterOrEqual', [x, scalar(-(2 ** 31))], 'bool'),
      this.elementwise('Less', [x, scalar(2 ** 31)], 'bool'),
    ]);
    return this.cast(this.where(fits, x, scalar(0)), 'int32');
  }

  /** `a` where the condition holds, else `b`; an element-wise choice. */
  where(condition: Value, a: Value, b: Value): Value {
    return this.elementwise('Where', [condition, a, b], a.type);
  }

  /** Whether `x` can be used in the scope that is being traced. */
  isVisible(x: Value): boolean {
    for (let at: Scope | null = this.#scope; at !== null; at = at.parent) if (at === x.scope) return true;
    return false;
  }

  /** A copy of `x` that is computed in `scope`, under a name of the caller's if there is one. */
  copyInto(scope: Scope, x: Value, name: string = this.#freshName()): Value {
    const value: Value = {
      name,
      type: x.type,
      shape: x.shape,
      scope,
      ...(x.ragged && { ragged: true }),
    };
    scope.nodes.push({ op: 'Identity', inputs: [x], outputs: [value], attributes: {} });
    return value;
  }

  reshape(x: Value, shape: readonly number[]): Value {
    if (isSameShape(x.shape, shape)) return x;
    // Zero is a length here, not a wish to keep one.
    return this.emit('Reshape', [x, this.int64s(shape)], { type: x.type, shape }, { allowzero: 1 });
  }

  cast(x: Value, type: OnnxType): Value {
    if (x.type === type) return x;
    const to = { float: 1, int32: 6, int64: 7, bool: 9, double: 11 }[type];
    return this.asStored(x, (stored) => {
      const source = stored.broadcastOf ?? stored;
      const converted = this.emit('Cast', [source], { type, shape: source.shape }, { to });
      return this.broadcast(converted, stored.shape);
    });
  }

  /**
   * ONNX Runtime moves single axes at the speed of memory, and permutes in general several times slower: anything else is several
   * moves.
   */
  #permuted(x: Value, perm: readonly number[], shape: readonly number[]): Value {
    if (movesOneAxis(perm)) return this.emit('Transpose', [x], { type: x.type, shape }, { perm });
    const swapped = swapsOf(x.shape, perm).reduce((value, [before, first, second, after]) => {
      const seen = this.reshape(value, [before, first, second, after]);
      const output = { type: x.type, shape: [before, second, first, after] };
      return this.emit('Transpose', [seen], output, { perm: [0, 2, 1, 3] });
    }, x);
    return this.reshape(swapped, shape);
  }

  #elementwise(op: string, inputs: readonly Value[], type: OnnxType, attributes: Node['attributes']): Value {
    const shape = broadcastShape(...inputs.map((x) => x.shape));
    const sources = inputs.map((x) => x.broadcastOf ?? x);
    const isEnough = isSameShape(broadcastShape(...sources.map((x) => x.shape)), shape);
    const used = isEnough ? sources : inputs;
    const value = this.emit(op, used, { type, shape }, attributes);
    const isGathered = (x: Value): boolean => x.rowsOf !== undefined || x.elementwiseOf !== undefined;
    // A large operand that nobody gathered is read in order as it is, and would be read in disorder early.
    const isSmall = (x: Value): boolean => sizeOf(x.shape) <= shape[0]!;
    if (!used.some(isGathered) || !used.every((x) => isGathered(x) || isSmall(x))) return value;
    const operators = used.reduce((sum, x) => sum + (x.elementwiseOf?.operators ?? 0), 1);
    return { ...value, elementwiseOf: { op, inputs: used, attributes, operators } };
  }

  /** `x` with leading axes of length 1. */
  #withRank(x: Value, rank: number): Value {
    return this.reshape(x, [...Array.from({ length: rank - x.shape.length }, () => 1), ...x.shape]);
  }

  /** The outermost scope in which all inputs are visible, or the current one if nothing may be moved. */
  #home(inputs: readonly Value[]): Scope {
    if (!this.passes.loopInvariantMotion) return this.#scope;
    let home = this.root;
    for (const { scope } of inputs) if (scope.depth > home.depth) home = scope;
    return home;
  }

  #initializer(data: ConstantData, type: OnnxType, shape: readonly number[]): Value {
    const key = data.length <= 16 ? `constant ${type}[${shape.join()}] ${signedText(data)}` : null;
    const known = key === null ? undefined : this.root.known.get(key);
    if (known !== undefined) return known[0]!;
    const value: Value = { name: this.#freshName(), type, shape, scope: this.root, constant: data };
    this.root.nodes.push({ op: 'Constant', inputs: [], outputs: [value], attributes: {} });
    if (key !== null) this.root.known.set(key, [value]);
    return value;
  }

  /** A value with nothing of `output` but what an output says: a source to broadcast from belongs to its own value. */
  #value({ type, shape, ragged }: Output, scope: Scope): Value {
    return { name: this.#freshName(), type, shape, scope, ...(ragged && { ragged }) };
  }

  /** No name of a caller's begins like this (see `assertNames`). */
  #freshName(): string {
    this.#names += 1;
    return `%${this.#names}`;
  }
}

const BY_INDEX = new Set(['Gather', 'GatherElements', 'GatherND', 'ScatterElements', 'ScatterND']);

/** Whether indices known only at run time could be out of range: such a node must not run where its loop would not have. */
function mayFail(op: string, [, indices]: readonly Value[]): boolean {
  return BY_INDEX.has(op) && indices?.constant === undefined;
}

function holdsWhatMayFail({ nodes }: Scope): boolean {
  return nodes.some(({ op, inputs, body }) => mayFail(op, inputs) || (body && holdsWhatMayFail(body)));
}

/** Elements of a graph that are computed outside of it. */
function freeValues(body: Scope): Value[] {
  const used = (node: Node): Value[] => [
    ...node.inputs,
    ...(node.body === undefined ? [] : freeValues(node.body)),
  ];
  return [...body.nodes.flatMap(used), ...body.outputs].filter(({ scope }) => scope.depth < body.depth);
}

function lookUp(scope: Scope, key: string): readonly Value[] | undefined {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const known = at.known.get(key);
    if (known !== undefined) return known;
  }
  return undefined;
}

/** Text that tells −0 from 0, which `join` does not. */
function signedText(data: ConstantData): string {
  return Array.from<number | bigint>(data)
    .map((x) => (Object.is(x, -0) ? '-0' : String(x)))
    .join();
}

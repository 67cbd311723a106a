/** `jit`: compiles per input signature on first use. */
import * as tf from '@tensorflow/tfjs';
import { DtypeError, TraceError } from '../errors.ts';
import { leavesWithPaths, mapTree, type TensorSpec, type TensorTree, type Tree } from '../tree/tree.ts';
import { compile, type Compiled, type CompileOptions, type Signature } from './compile.ts';

/** A function compiled when it is called. */
export interface Jitted<Args extends readonly TensorTree[], Out extends TensorTree> {
  (...args: Args): Promise<Out>;
  /** Number of signatures compiled so far. */
  readonly size: number;
  dispose(): Promise<void>;
}

/**
 * Wraps a TF.js function so that each new combination of structures, shapes and dtypes is compiled once, then reused.
 *
 * @param fn - as in {@link compile}, float32; it must not capture variables, whose later values it would not see.
 * @throws what `compile` and `run` throw, and {TraceError} if `fn` captures a variable.
 * @example const step = jit((w, x) => tf.tanh(tf.matMul(w, x)));
 */
export function jit<Args extends readonly TensorTree[], Out extends TensorTree>(
  fn: (...args: Args) => Out,
  options: Omit<CompileOptions<'float32'>, 'precision'> = {},
): Jitted<Args, Out> {
  const cache = new Map<string, Promise<Compiled<Signature, Out, 'float32'>>>();
  const call = async (...args: Args): Promise<Out> => {
    for (const { path, leaf } of leavesWithPaths<unknown>(args)) assertTensor(path, leaf);
    const key = JSON.stringify(
      mapTree<tf.Tensor, string>(args, ({ dtype, shape }) => `${dtype}[${shape.join()}]`),
    );
    let compiled = cache.get(key);
    if (compiled === undefined) {
      const signature = mapTree<tf.Tensor, TensorSpec>(args, ({ shape, dtype }) => ({
        shape,
        dtype: dtype as TensorSpec['dtype'],
      }));
      compiled = compileFrozen(
        fn as unknown as (...args: TensorTree[]) => Out,
        signature as Signature,
        options,
      );
      cache.set(key, compiled);
      // A failed compilation is reported to every waiting caller, but not kept.
      compiled.catch(() => cache.delete(key));
    }
    return (await compiled).run(...(args as readonly Tree<tf.Tensor>[]));
  };
  const dispose = async (): Promise<void> => {
    const all = [...cache.values()];
    cache.clear();
    // A compilation that failed has told its callers already.
    const settled = await Promise.allSettled(all);
    for (const one of settled) if (one.status === 'fulfilled') await one.value.dispose();
  };
  return Object.defineProperty(Object.assign(call, { dispose }), 'size', {
    get: () => cache.size,
  }) as unknown as Jitted<Args, Out>;
}

async function compileFrozen<Out extends TensorTree>(
  fn: (...args: TensorTree[]) => Out,
  signature: Signature,
  options: Omit<CompileOptions<'float32'>, 'precision'>,
): Promise<Compiled<Signature, Out, 'float32'>> {
  const compiled = await compile(fn as never, signature, options);
  const [variable] = compiled.variables;
  if (variable === undefined) return compiled as Compiled<Signature, Out, 'float32'>;
  await compiled.dispose();
  throw new TraceError(
    `jit: the function must not capture variables; it captured '${variable}', whose value would be frozen. ` +
      'Pass it as an argument.',
  );
}

function assertTensor(path: string, leaf: unknown): void {
  if (leaf instanceof tf.Tensor) return;
  throw new DtypeError(`jit: arguments must be trees of tensors; got ${typeof leaf} at '${path}'.`);
}

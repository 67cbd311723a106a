/** `jit`: compiles per input signature on first use. */
import * as tf from '@tensorflow/tfjs';
import { mapTree, type TensorSpec, type TensorTree, type Tree } from '../tree/tree.ts';
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
 * @param fn - as in {@link compile}, float32.
 * @throws what `compile` and `run` throw.
 * @example const step = jit((w, x) => tf.tanh(tf.matMul(w, x)));
 */
export function jit<Args extends readonly TensorTree[], Out extends TensorTree>(
  fn: (...args: Args) => Out,
  options: Omit<CompileOptions<'float32'>, 'precision'> = {},
): Jitted<Args, Out> {
  const cache = new Map<string, Promise<Compiled<Signature, Out, 'float32'>>>();
  const call = async (...args: Args): Promise<Out> => {
    const key = JSON.stringify(
      mapTree<tf.Tensor, string>(args, ({ dtype, shape }) => `${dtype}[${shape.join()}]`),
    );
    let compiled = cache.get(key);
    if (compiled === undefined) {
      const signature = mapTree<tf.Tensor, TensorSpec>(args, ({ shape, dtype }) => ({
        shape,
        dtype: dtype as TensorSpec['dtype'],
      }));
      compiled = compile(fn as unknown as (...args: TensorTree[]) => Out, signature as Signature, options);
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

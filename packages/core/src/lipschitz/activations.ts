/** Lipschitz constants of the usual activations. */
import type { CertifiedLayer } from './certified-bound.ts';

/**
 * `sup |φ′|`, the Lipschitz constant of an activation applied element by element; of the softmax, the norm of its Jacobian. Where the
 * supremum is no rational number, it is rounded up in its last digit. They are those of TF.js's functions of the same names.
 *
 * - `gelu`: `φ″(x) = (2 − x²)·N(x) = 0` at `x = √2`, where `φ′ = Φ(√2) + √2·N(√2)` (`N` and `Φ` the normal density and distribution).
 * - `geluTanh`, the approximation by tanh: the peak of `φ′` at `x ≈ 1.41850`.
 * - `silu`: `φ″ = 0` where `x·tanh(x/2) = 2`, at `x ≈ 2.39936`.
 * - `mish`: the peak of `φ′` at `x ≈ 1.49057`.
 * - `selu`: the slope `λα` at 0⁻, above the slope `λ` of the positive side.
 * - `elu` and `leakyRelu`: for parameters at most 1.
 * - `softmax`: `‖diag(p) − ppᵀ‖₂ ≤ 1/2`, attained at two equal probabilities 1/2.
 */
export const activations = {
  identity: { name: 'identity', lipschitz: 1 },
  relu: { name: 'relu', lipschitz: 1 },
  relu6: { name: 'relu6', lipschitz: 1 },
  leakyRelu: { name: 'leakyRelu', lipschitz: 1 },
  elu: { name: 'elu', lipschitz: 1 },
  selu: { name: 'selu', lipschitz: 1.758099340847377 },
  tanh: { name: 'tanh', lipschitz: 1 },
  sigmoid: { name: 'sigmoid', lipschitz: 0.25 },
  softplus: { name: 'softplus', lipschitz: 1 },
  softsign: { name: 'softsign', lipschitz: 1 },
  sin: { name: 'sin', lipschitz: 1 },
  gelu: { name: 'gelu', lipschitz: 1.128904145185156 },
  geluTanh: { name: 'geluTanh', lipschitz: 1.128993068658772 },
  silu: { name: 'silu', lipschitz: 1.099839320128867 },
  mish: { name: 'mish', lipschitz: 1.088498161251728 },
  softmax: { name: 'softmax', lipschitz: 0.5 },
} as const satisfies Readonly<Record<string, CertifiedLayer>>;

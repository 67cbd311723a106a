/** Scaled dot-product attention in several heads. */
import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.ts';
import { constant } from '../trace/constant.ts';

/** Queries, keys and values, float32 `[batch, tokens, features]`; keys and values have equally many tokens. Borrowed. */
export type AttentionInputs = {
  readonly queries: tf.Tensor;
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
};

/** How attention is done. */
export type AttentionOptions = {
  /** Divides the features. */
  readonly heads: number;
  /** Whether token `i` sees only tokens up to `i`; default false. */
  readonly isCausal?: boolean;
};

/**
 * `softmax(QKᵀ/√d) V` for each head, heads side by side in the features.
 *
 * @returns float32 `[batch, tokens, features]`.
 * @throws {ShapeError} if `heads` does not divide the features, or shapes do not fit.
 * @see Vaswani et al., Attention Is All You Need (2017), arXiv 1706.03762, §3.2.
 */
export function attention({ queries, keys, values }: AttentionInputs, options: AttentionOptions): tf.Tensor {
  const { heads, isCausal = false } = options;
  const [batch = 0, tokens = 0, features = 0] = queries.shape;
  const [, seen = 0] = keys.shape;
  const isWhole = Number.isInteger(heads) && heads > 0 && features % heads === 0;
  if (queries.rank !== 3 || !isWhole || !tf.util.arraysEqual(keys.shape, [batch, seen, features])) {
    throw new ShapeError(
      `attention: queries and keys must be [batch, tokens, features] with features that ${heads} heads divide; ` +
        `got [${queries.shape.join(', ')}] and [${keys.shape.join(', ')}].`,
    );
  }
  const size = features / heads;
  const split = (x: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(x, [batch, x.shape[1]!, heads, size]), [0, 2, 1, 3]);
  return tf.tidy(() => {
    const scaled = tf.mul(split(queries), constant(1 / Math.sqrt(size)));
    const scores = tf.matMul(scaled, split(keys), false, true);
    const weights = tf.softmax(isCausal ? tf.add(scores, laterTokens(tokens, seen)) : scores);
    const joined = tf.transpose(tf.matMul(weights, split(values)), [0, 2, 1, 3]);
    return tf.reshape(joined, [batch, tokens, features]);
  });
}

/** `[tokens, seen]`: minus infinity, as far as sums go, where a token would look ahead. */
function laterTokens(tokens: number, seen: number): tf.Tensor {
  const data = Float64Array.from({ length: tokens * seen }, (_, i) =>
    i % seen > Math.floor(i / seen) + (seen - tokens) ? -1e9 : 0,
  );
  return constant({ data, shape: [tokens, seen] });
}

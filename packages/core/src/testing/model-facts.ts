/** What a model card may say, for tests of what is written beside models. */
import type { ModelCardFacts } from '../checkpoints/model-card.ts';

/** A card with nothing missing. */
export const MODEL_FACTS: ModelCardFacts = {
  name: 'halving',
  description: 'A map that halves.',
  domain: 'theory',
  operator: { name: 'affine', config: { width: 2 } },
  data: [{ name: 'numbers', split: 'train', sha256: 'a'.repeat(64), size: 3, licence: 'CC0-1.0' }],
  command: 'npm run train -- --seed 0',
  run: {
    seed: 0,
    config: {},
    commit: null,
    versions: { node: '20.0.0' },
    backend: 'onnxruntime-node/cpu',
    dtype: 'float32',
    machine: { cpu: 'a processor', cores: 2, memoryBytes: 1024, platform: 'linux 6 x64' },
    wallTimeMs: 12.5,
  },
  metrics: [{ name: 'error', unit: '1', better: 'lower', split: 'test', value: 0.5 }],
  licence: 'Apache-2.0',
  intendedUse: 'Tests.',
  limits: 'It knows nothing.',
};

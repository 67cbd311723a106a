/** Files of trained models. */
export {
  hasCheckpoint,
  loadCheckpoint,
  readCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type CheckpointContent,
  type CheckpointTemplate,
  type LoadCheckpointOptions,
  type StoredCheckpoint,
  type TemplateLeaf,
} from './checkpoint.ts';
export { modelCardSchema, readModelCard, type ModelCard, type ModelCardFacts } from './model-card.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
  type FileDigest,
  type NamedTensors,
  type ReadSafetensorsOptions,
  type Safetensors,
} from './safetensors.ts';
export type { Json } from './strict-json.ts';

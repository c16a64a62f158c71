export type { Failure, Model } from "./answer.js";
export type * from "./documents.js";
export { type DreamOptions, type DreamResult, dream } from "./dream.js";
export {
  apply,
  changes,
  diff,
  entries,
  erase,
  fingerprint,
  gather,
  isDone,
  observe,
  pack,
  plan,
  presets,
  readBack,
  readFiles,
  rebase,
  render,
  renderFiles,
  reopen,
  revert,
  settings,
  stats,
  verify,
  without,
} from "./engine.js";
export { DreamingError, type ErrorCode } from "./errors.js";
export type { FailedCall } from "./failures.js";
export { Dream } from "./machine.js";
export { MemoryStore, type MemoryStoreOptions, type StoredSession } from "./memory-store.js";
export { type AnthropicOptions, type ServiceOptions, type Usage, anthropic, openai } from "./models.js";
export { isMemoryPath } from "./path.js";
export type { Progress } from "./progress.js";
export { type Contents, Snapshot } from "./snapshot.js";
export {
  type PruneOptions,
  type Relation,
  type Scored,
  type Statement,
  Statements,
  type Tie,
  type Trust,
  type WeighOptions,
  prune,
  reconcile,
  score,
} from "./statements.js";
export type { Bytes, Eventually, Kept, Opened, Store } from "./store.js";
export { detect, looksLike } from "./transcripts.js";
export type * from "./types.js";

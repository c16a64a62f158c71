/** How much one request or one invocation may take. */
export interface Limits {
  /** Bytes of a JSON body. */
  json: number;
  /** Bytes of a part of a session. */
  part: number;
  /** Parts of a session. */
  parts: number;
  /** Sessions of a store. */
  sessions: number;
  /** Memories of a store. */
  memories: number;
  /** Model calls that one invocation makes; the next one makes the rest. */
  calls: number;
  /** Invocations that may begin one round before the dream counts as failed. */
  attempts: number;
}

/**
 * All chosen by us. Transcripts of a day reach some MiB; 8 calls, 4 at a time, each tried for 3 minutes at most,
 * end below the 15 minutes that edges let an invocation wait; a round that ended three invocations will end a
 * fourth; the counts keep a list that is read whole in memory.
 */
export const LIMITS: Limits = {
  json: 1 << 20,
  part: 32 << 20,
  parts: 256,
  sessions: 10_000,
  memories: 2_000,
  calls: 8,
  attempts: 3,
};

/** Bytes of a memory, from the engine's `wit/`. */
export const MAX_MEMORY = 102_400;

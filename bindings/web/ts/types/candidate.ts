// What an extractor of the host found.

import type { Kind, Provenance } from "../documents.js";

/**
 * A place in a session, with the words there. It is evidence like any other when the engine's
 * record of the session has these words at that place; otherwise it is marked as claimed.
 */
export interface Citation {
  /** The session, as requests name it; at most 1,024 bytes. */
  session: string;
  /** The part of the session, such as `main`; at most 1,024 bytes. */
  part: string;
  /** Line of the part that holds the event, counted from 1. */
  line: number;
  /** Id of the event; at most 1,024 bytes. */
  event?: string | undefined;
  /** When it happened, in milliseconds since 1970. */
  time?: number | undefined;
  /** Where the words come from. `harness` and `recalled` can be no evidence. */
  provenance: Provenance;
  /** First byte of the quote in the text of the event; 0 when absent. */
  start?: number | undefined;
  /** The words, word for word; 8 to 2,000 bytes. */
  quote: string;
}

/** A statement that an extractor of the host found, see {@link plan}. */
export interface Candidate {
  /** What sort of statement it is. */
  kind: Exclude<Kind, "index">;
  /** The statement, one or two sentences that can be understood without the session. */
  text: string;
  /**
   * Subject and attribute, when another value would make it wrong: `staging url`. At most 200
   * bytes.
   */
  subject?: string | undefined;
  /** Whose preference it is; absent: everybody's. At most 200 bytes. */
  principal?: string | undefined;
  /** The value that no longer holds, in the words of a quote. At most 200 bytes. */
  wrong?: string | undefined;
  /** The value that holds, as statement and quote have it. At most 200 bytes. */
  right?: string | undefined;
  /** Where it comes from: 1 to 256 places. Support is counted over these by the engine. */
  evidence: readonly Citation[];
}

/** How far a dream is. Counts are those of this run, without what an earlier run had done. */
export interface Progress {
  /** Sessions that the dream was asked to read. */
  sessions: number;
  /** Sessions that were read to the end or could not be read. */
  sessionsRead: number;
  /** Bytes of transcripts that were read. */
  bytes: number;
  /** Model calls that were asked for. */
  calls: number;
  /** Model calls that have an answer, a refusal among them. */
  callsAnswered: number;
  /** Model calls that got no answer. */
  callsFailed: number;
}

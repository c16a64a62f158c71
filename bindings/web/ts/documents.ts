// What `JSON.parse` makes of the documents. Fields are named as in the JSON; what is unknown is
// `null`, never absent. Times are milliseconds since 1970, digests 64 hexadecimal digits.

export type * from "./documents/ledger.js";
export type * from "./documents/plan.js";
export type * from "./documents/report.js";
export type * from "./documents/revision.js";
export type * from "./documents/session.js";
export type * from "./documents/words.js";

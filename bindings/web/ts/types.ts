// The values of the interface. The same ones, in the same words, are in `wit/types.wit`.

export type * from "./types/candidate.js";
export type * from "./types/change.js";
export type * from "./types/decision.js";
export type * from "./types/home.js";
export type * from "./types/pack.js";
export type * from "./types/policy.js";
export type * from "./types/request.js";
export type * from "./types/stored.js";

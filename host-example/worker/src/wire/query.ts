// Parameters of a query. Those that no route asks for are left unread, for clients send some of their own (`beta=true`).

import { read } from "../ids.js";
import { invalid } from "./errors.js";

/** Items of a page when the client does not say how many. Source of this and the next: section 2 of the contract. */
const LIMIT = 20;
/** Items of a page, at most. */
const MAX_LIMIT = 100;

/** From and to a time, both of which belong to it. */
export type Range = readonly [first: number, last: number];

/** The parameters of a request. */
export class Query {
  constructor(readonly all: URLSearchParams) {}

  /** The value of a parameter. */
  get(name: string): string | undefined {
    return this.all.get(name) ?? undefined;
  }

  /** The value of a parameter that chooses; an empty one chooses nothing. */
  chosen(name: string): string | undefined {
    return this.all.get(name) || undefined;
  }

  /** All values of a parameter that is a list, in either of the two forms that clients use. */
  list(name: string): string[] {
    return [...this.all].filter(([known]) => known === name || known === `${name}[]`).map(([, value]) => value);
  }

  /** One of some words. */
  word<T extends string>(name: string, words: readonly T[], standard: T): T {
    const given = this.get(name);
    if (given === undefined) return standard;
    const word = words.find((known) => known === given);
    if (word === undefined) throw invalid(name, `must be ${words.map((known) => `\`${known}\``).join(" or ")}`);
    return word;
  }

  /** A parameter that is true or false; false without one. */
  is(name: string): boolean {
    return this.word(name, ["true", "false"], "false") === "true";
  }

  /** Whether whole contents are wanted (`view`). */
  isFull(standard: boolean): boolean {
    return this.word("view", ["basic", "full"], standard ? "full" : "basic") === "full";
  }

  /** The limit of a page. A page of whole contents has at most {@link LIMIT} items, as the API says. */
  limit(isFull = false): number {
    const given = this.get("limit");
    if (given === undefined) return LIMIT;
    const limit = /^\d{1,9}$/.test(given) ? Number(given) : 0;
    if (limit < 1 || limit > MAX_LIMIT) throw invalid("limit", "must be from 1 to 100");
    return Math.min(limit, isFull ? LIMIT : MAX_LIMIT);
  }

  /**
   * A range of times: `NAME[gte]` and `NAME[lte]`, whose ends belong to it, and `NAME[gt]` and `NAME[lt]`, whose ends do
   * not.
   */
  between(name: string): Range {
    const end = (bound: string): number | undefined => {
      const text = this.get(`${name}[${bound}]`);
      if (text === undefined) return undefined;
      const time = read(text);
      if (time === undefined) throw invalid(`${name}[${bound}]`, "must be a time such as `2026-03-01T10:00:00Z`");
      return time;
    };
    const [first, last] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    return [Math.max(end("gte") ?? first, (end("gt") ?? first) + 1), Math.min(end("lte") ?? last, (end("lt") ?? last) - 1)];
  }
}

import { DreamingError } from "dreaming";

/** A request that is not done, and why. Nothing has changed. */
export class Refused extends Error {
  constructor(
    /** The status of the response. */
    readonly status: number,
    /** A stable word for programs. */
    readonly code: string,
    /** A sentence for people. */
    message: string,
    /** What it is about, when that has a name. */
    readonly what?: string,
  ) {
    super(message);
    this.name = "Refused";
  }
}

/** The request cannot be understood or used. */
export function invalid(message: string, what?: string): Refused {
  return new Refused(400, "invalid-request", message, what);
}

/** There is no such thing: of which sort, and by which name it was asked for. */
export function missing(sort: string, what?: string): Refused {
  return new Refused(404, "not-found", `there is no such ${sort}`, what);
}

/** Somebody else was first, or something else is going on. Look again, and ask again. */
export function conflict(message: string, what?: string): Refused {
  return new Refused(409, "conflict", message, what);
}

/** More bytes or things than a limit allows. */
export function tooLarge(message: string, what?: string): Refused {
  return new Refused(413, "too-large", message, what);
}

/** Statuses of the errors of the engine. What is not here is a fault of this program. */
const STATUSES: Partial<Record<string, number>> = {
  "invalid-snapshot": 400,
  "invalid-request": 400,
  "invalid-document": 400,
  "too-large": 413,
  stale: 409,
  conflict: 409,
  "other-engine": 409,
};

/** Whatever was thrown, as what the caller is told. What nobody foresaw is not told, but logged. */
export function refusal(thrown: unknown): Refused {
  if (thrown instanceof Refused) return thrown;
  if (thrown instanceof DreamingError) {
    const status = STATUSES[thrown.code];
    if (status !== undefined) return new Refused(status, thrown.code, thrown.message, thrown.what);
  }
  console.error(thrown);
  return new Refused(500, "internal", "the request failed; the log of the edge says why");
}

import { DreamingError } from "dreaming";

/** A request that was not carried out, with the reason. Nothing has changed. */
export class Refused extends Error {
  constructor(
    /** The status of the response. */
    readonly status: number,
    /** A stable word for programs. */
    readonly code: string,
    /** A sentence for people. */
    message: string,
    /** What it is about (a path, id or setting), when that has a name. */
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

/** Nothing of this sort has the name that was asked for. */
export function missing(sort: string, what?: string): Refused {
  return new Refused(404, "not-found", `there is no such ${sort}`, what);
}

/** Another writer was first, or a dream is running. Look again, then ask again. */
export function conflict(message: string, what?: string): Refused {
  return new Refused(409, "conflict", message, what);
}

/** More bytes or things than a limit allows. */
export function tooLarge(message: string, what?: string): Refused {
  return new Refused(413, "too-large", message, what);
}

/** HTTP statuses for errors of the engine. Any other error is a fault of this program. */
const STATUSES: Partial<Record<string, number>> = {
  "invalid-snapshot": 400,
  "invalid-request": 400,
  "invalid-document": 400,
  "too-large": 413,
  stale: 409,
  conflict: 409,
  "other-engine": 409,
};

/**
 * The refusal for anything that was thrown. An unexpected error is logged, and its text not sent.
 */
export function refusal(thrown: unknown): Refused {
  if (thrown instanceof Refused) return thrown;
  if (thrown instanceof DreamingError) {
    const status = STATUSES[thrown.code];
    if (status !== undefined) return new Refused(status, thrown.code, thrown.message, thrown.what);
  }
  console.error(thrown);
  return new Refused(500, "internal", "the request failed; the log of the edge says why");
}

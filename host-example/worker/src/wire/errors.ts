// Errors as the API tells them.

import { DreamingError } from "dreaming";

/** Why a request was not done. Nothing has changed. */
export class ApiError extends Error {
  constructor(
    /** The status of the response. */
    readonly status: number,
    /** The type of the error, as the API names it. */
    readonly kind: string,
    message: string,
    /** Fields of the error beside these. */
    readonly more: Record<string, unknown> = {},
    /** Headers of the response. */
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Something in the request is wrong: a field or a parameter, and why. */
export function invalid(field: string, why: string): ApiError {
  return new ApiError(400, "invalid_request_error", `${field}: ${why}`);
}

/** There is nothing with this id, or it is another workspace's. */
export function missing(what: string, id: string): ApiError {
  return new ApiError(404, "not_found_error", `there is no ${what} with the id \`${id}\``);
}

/** What the caller wants does not fit what is there or what goes on. */
export function conflict(message: string): ApiError {
  return new ApiError(409, "conflict_error", message);
}

/** What the caller decided about is not as it was; what changed. */
export function moved(what: string): ApiError {
  return conflict(`${what} was changed since: read it again, and decide anew`);
}

/** More than a limit allows. */
export function tooLarge(message: string): ApiError {
  return new ApiError(413, "invalid_request_error", message);
}

/** The error for anything that was thrown. An unexpected one is logged, and its text not sent. */
export function told(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof DreamingError) {
    if (thrown.code === "invalid-request") return invalid("body", thrown.message);
    if (thrown.code === "other-engine") return invalid("body", `the plan was made by another engine: dream again (${thrown.message})`);
    if (thrown.code === "stale") return moved("the memory store");
    if (thrown.code === "too-large") return tooLarge(thrown.message);
    console.error(thrown);
    return new ApiError(500, "api_error", `the engine failed: ${thrown.message}`);
  }
  console.error(thrown);
  return new ApiError(500, "api_error", "the request failed; the log of the worker says why");
}

/** An error as a response; `request` is the id of the request. */
export function refused({ status, kind, message, more, headers }: ApiError, request: string): Response {
  const body = { type: "error", error: { type: kind, message, ...more }, request_id: request };
  // The SDKs repeat a conflict unless they are told that it will not help.
  const retry = status === 409 ? { "x-should-retry": "false" } : {};
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...retry, ...headers } });
}

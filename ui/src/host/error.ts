import type { ApiError, ErrorCode, JsonValue } from "./generated";

/** `disconnected` is the page's own code: the program was not reached at all. */
export type HostErrorCode = ErrorCode | "disconnected";

/** A call that was not answered; `message` is written for a person. */
export class HostError extends Error {
  readonly code: HostErrorCode;
  readonly details: JsonValue;

  constructor(code: HostErrorCode, message: string, details: JsonValue = null) {
    super(message);
    this.name = "HostError";
    this.code = code;
    this.details = details;
  }

  /** Reads the body that the program sends with a refusal. */
  static from(body: unknown): HostError {
    if (isApiError(body)) return new HostError(body.code, body.message, body.details ?? null);
    const text = typeof body === "string" && body !== "" ? body : "The program gave no reason.";
    return new HostError("internal", text);
  }
}

/** The sentence to show for anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isApiError(body: unknown): body is ApiError {
  return typeof body === "object" && body !== null && "code" in body && "message" in body;
}

/**
 * Job: how a request is refused: one error with a message for a person, the same on both sides of the wire.
 * Boundary: no transport; the server writes it as a JSON-RPC error, the connection reads it back.
 */

/**
 * `refused`: what was asked doesn't fit the state of the run. `cancelled`: who asked took it back. `failed`: the engine broke at
 * it. The others name a rule of the wire.
 */
export type RefusalCode =
  'token' | 'protocol' | 'attach-first' | 'too-many-clients' | 'params' | 'refused' | 'cancelled' | 'failed';

const refusalCodes: Readonly<Record<RefusalCode, true>> = {
  token: true,
  protocol: true,
  'attach-first': true,
  'too-many-clients': true,
  params: true,
  refused: true,
  cancelled: true,
  failed: true,
};

/** The JSON-RPC error code of every refusal; `data` holds the RefusalCode. */
export const refusalErrorCode = -32_050;

export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly code: RefusalCode;

  constructor(message: string, code: RefusalCode = 'refused') {
    super(message);
    this.code = code;
  }
}

/** By name: each bundle has a class of its own. */
export function isRefusal(error: unknown): error is RequestRefused {
  return error instanceof Error && error.name === 'RequestRefused';
}

/** Reads the `data` of a JSON-RPC error; what this version doesn't know is a plain refusal. */
export function refusalCodeOf(data: unknown): RefusalCode {
  return typeof data === 'string' && data in refusalCodes ? (data as RefusalCode) : 'refused';
}

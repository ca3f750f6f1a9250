/**
 * Job: what the window tells the language server beyond the language server protocol.
 * Boundary: names and shapes only.
 */

/** A notification without parameters: the supervisor trusts the workspace now. */
export const trustedNotification = 'belay/trusted';

/** The options of `initialize`. */
export interface LanguageServerOptions {
  /** The editor shows syntax errors and what the JSON Schema says by itself. */
  readonly jsonFeatures: boolean;
  /** The supervisor trusts the workspace: the server may ask a model endpoint on this machine for its list. */
  readonly trusted: boolean;
}

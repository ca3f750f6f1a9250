/**
 * Job: say what went wrong with a model call: its kind, whether to try again, whether it may have been billed, and a
 * message for a person.
 * Boundary: pure; knows errors only by their shape (status, headers, body, cause), not by the SDK's classes.
 * Rules: B1 unless a status or a refused connection says that the model never worked, the call may have been billed.
 *   Messages name the host only and never the key, whatever the endpoint echoes.
 */
import type { ModelFailureKind } from '../../run/entry.ts';
import { localServerAt, providerNames } from '../../run/providers.ts';
import { meaningOf, retryDelayMs } from './meaning.ts';
import type { Endpoint, ModelFailure, ModelRequest } from './request.ts';
import type { WireWatch } from './wire.ts';

/** Why Belay itself ended a call. */
export type CutBy = 'silence' | 'length' | 'time' | 'caller';

export interface FailedCall {
  readonly request: Endpoint & Pick<ModelRequest, 'maxOutputTokens'>;
  readonly key: string | undefined;
  readonly watch: Readonly<WireWatch>;
  /** Whatever was thrown or streamed as an error. */
  readonly error: unknown;
  readonly cutBy: CutBy | null;
  readonly silenceMs: number;
  readonly now: number;
}

/** Never throws. */
export function failureOf(call: FailedCall): ModelFailure {
  const failure = call.cutBy === null ? judged(call) : cut(call, call.cutBy);
  return { ...failure, message: withoutSecrets(failure.message, call) };
}

/** Where an endpoint is, for a person: its host, with no path, user name or password; else the provider's name. */
export function hostOf({ baseUrl, provider }: Endpoint): string {
  if (baseUrl === undefined) return providerNames[provider];
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : 'the endpoint';
}

/** A complete answer with neither text nor calls. @param capped whether it ended at the output limit */
export function emptyAnswer(request: FailedCall['request'], finishReason: string, capped: boolean): ModelFailure {
  const why = capped
    ? `it used all of its ${String(request.maxOutputTokens)} output tokens before it wrote any; raise model.maxOutputTokens`
    : `it ended with "${finishReason}"`;
  const message = `${request.name} at ${hostOf(request)} gave an empty answer: ${why}.`;
  return { kind: 'empty', message, retryable: !capped, billed: true };
}

/** A complete answer that the model, or a filter around it, ended because of what it is about. */
export function refusedAnswer(
  call: Pick<FailedCall, 'request' | 'key'>,
  finishReason: string,
  said: string,
): ModelFailure {
  const { request } = call;
  const words = said.trim() === '' ? '' : `: "${oneLine(said)}"`;
  const message =
    `${request.name} at ${hostOf(request)} refused to answer (${finishReason})${words}. ` +
    'Redirect the run, roll back, or choose another model.';
  return { kind: 'rejected', message: withoutSecrets(message, call), retryable: false, billed: true };
}

function cut(call: FailedCall, by: CutBy): ModelFailure {
  const host = hostOf(call.request);
  const seconds = String(Math.round(call.silenceMs / 100) / 10);
  switch (by) {
    case 'caller':
      return {
        kind: 'interrupted',
        message: `The call to ${host} was interrupted.`,
        retryable: true,
        billed: mayBeBilled(call),
      };
    case 'silence':
      return failed(call, 'silent', `${host} sent nothing for ${seconds} s, so the call was ended.`, true);
    case 'time':
      return failed(call, 'silent', `${host} did not finish its answer in the time that a call may take.`, true);
    case 'length':
      return failed(call, 'cut', `${host} sent far more than an answer may have, so the call was ended.`, true);
  }
}

function judged(call: FailedCall): ModelFailure {
  const host = hostOf(call.request);
  const meant = byMeaning(call);
  if (meant !== null) return meant;
  const status =
    statusOf(call.error) ?? (call.watch.status !== null && call.watch.status >= 400 ? call.watch.status : null);
  if (status !== null && status >= 400) return byStatus(call, status);
  const code = codeOf(call.error);
  if (call.watch.status === null && code !== null && unreachableCodes.has(code)) {
    const why =
      code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'its name is not known' : `the connection failed (${code})`;
    return failed(call, 'unreachable', `${host} can't be reached: ${why}. ${startWords(host)}`, true);
  }
  if (code !== null && /^ERR_(TLS|SSL)|CERT|LEAF_SIGNATURE/.test(code)) {
    return failed(call, 'unreachable', `${host} can't be trusted: its certificate is not valid (${code}).`, false);
  }
  if (call.watch.status === 200) return duringStream(call);
  if (nameOf(call.error).includes('HTTPParserError'))
    return failed(call, 'rejected', `${host} does not speak HTTP, so no model is there. Check model.baseUrl.`, false);
  if (code !== null)
    return failed(call, 'cut', `The connection to ${host} broke (${code}) before the answer began.`, true);
  return failed(call, 'rejected', `The call to ${host} could not be made: ${textOf(call.error)}`, false);
}

/** What to do where nobody answers; servers that people have on their own machine are known by their address. */
function startWords(host: string): string {
  const server = localServerAt(host);
  return server === undefined
    ? 'Check that it runs and that model.baseUrl is right.'
    : `${server.name} usually answers there: start it (${server.start}), then resume.`;
}

/** The answer had begun. */
function duringStream(call: FailedCall): ModelFailure {
  const host = hostOf(call.request);
  const told = streamedError(call.error);
  if (told) {
    if (told.status !== null && told.status >= 400) return byStatus(call, told.status);
    return failed(call, 'server-error', `${host} broke off with an error: ${told.message}`, true);
  }
  if (!call.watch.contentType.includes('event-stream') && call.watch.bytes > 0) {
    const got = call.watch.contentType || 'no content type';
    return failed(
      call,
      'rejected',
      `${host} does not answer as a chat endpoint (it sent ${got}). Check model.baseUrl.`,
      false,
    );
  }
  const name = nameOf(call.error);
  if (name.includes('JSONParse') || name.includes('TypeValidation')) {
    return failed(call, 'server-error', `${host} sent something that is not the chat protocol.`, true);
  }
  return failed(call, 'cut', `${host} broke off in the middle of its answer.`, true);
}

/** What the endpoint's words say whatever the status is; null where they add nothing. */
function byMeaning(call: FailedCall): ModelFailure | null {
  const status = statusOf(call.error) ?? call.watch.status;
  switch (meaningOf(wordsOf(call.error))) {
    case 'too-long':
      return tooLong(call, answered(call, status));
    case 'key-wrong':
      return keyRefused(call, status);
    case 'unknown-model':
      return unknownModel(call, status);
    case 'no-quota':
      return failed(call, 'rejected', `${answered(call, status)}. The account's quota is used up.`, false);
    case null:
      return null;
  }
}

function byStatus(call: FailedCall, status: number): ModelFailure {
  const saying = answered(call, status);
  switch (status) {
    case 401:
    case 403:
      return keyRefused(call, status);
    case 402:
      return failed(call, 'rejected', `${saying}. The account has no credit left.`, false);
    case 404:
      return unknownModel(call, status);
    case 413:
      return tooLong(call, saying);
    case 429:
      return withRetryAt(
        failed(call, 'rate-limited', `${saying}. Too many requests; Belay waits and tries again.`, true),
        call,
      );
    case 408:
    case 409:
    case 425:
      return failed(call, 'server-error', `${saying}.`, true);
    default:
      if (status >= 500) return withRetryAt(failed(call, 'server-error', `${saying}.`, true), call);
      return failed(call, 'rejected', `${saying}. Belay does not repeat a request that the endpoint rejects.`, false);
  }
}

/** Who answered what, with no full stop. A status that stands in a stream came after the 200 of its head. */
function answered(call: FailedCall, status: number | null): string {
  const said = serverSays(call.error);
  const verb = call.watch.status === 200 ? 'broke off with' : 'answered';
  const what = status === null || status === 200 ? 'an error' : String(status);
  return `${hostOf(call.request)} ${verb} ${what}${said === '' ? '' : `: ${said}`}`;
}

function tooLong(call: FailedCall, saying: string): ModelFailure {
  const what =
    'The conversation is longer than the model takes: roll back to an earlier step, or choose a model with a larger context.';
  return failed(call, 'too-long', `${saying}. ${what}`, false);
}

function keyRefused(call: FailedCall, status: number | null): ModelFailure {
  const host = hostOf(call.request);
  if (call.key === undefined)
    return failed(call, 'key-missing', `${host} wants a key and none is set. Enter the model's key to go on.`, false);
  const said = serverSays(call.error);
  const why = `${String(status)}${said === '' ? '' : `: ${said}`}`;
  return failed(call, 'key-wrong', `${host} does not accept the key (${why}). Enter the right one to go on.`, false);
}

function unknownModel(call: FailedCall, status: number | null): ModelFailure {
  const { request } = call;
  const message = `${hostOf(request)} does not know the model "${request.name}" (${String(status)}). Check model.name and model.baseUrl.`;
  return failed(call, 'unknown-model', message, false);
}

function withRetryAt(failure: ModelFailure, call: FailedCall): ModelFailure {
  const headers = property(call.error, 'responseHeaders');
  const delayMs = retryDelayMs(bodyOf(call.error));
  const retryAt = retryAtOf(headers, call.now) ?? (delayMs === null ? null : call.now + delayMs);
  return retryAt === null ? failure : { ...failure, retryAt };
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAtOf(headers: unknown, now: number): number | null {
  const inMs = Number(property(headers, 'retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(inMs) && inMs >= 0) return now + inMs;
  const after = property(headers, 'retry-after');
  if (typeof after !== 'string' || after.trim() === '') return null;
  const seconds = Number(after);
  if (Number.isFinite(seconds)) return seconds >= 0 ? now + seconds * 1000 : null;
  const date = Date.parse(after);
  return Number.isNaN(date) ? null : Math.max(now, date);
}

function failed(call: FailedCall, kind: ModelFailureKind, message: string, retryable: boolean): ModelFailure {
  const never = kind === 'unreachable' || kind === 'key-missing' || kind === 'key-wrong' || kind === 'unknown-model';
  return { kind, message, retryable, billed: !never && mayBeBilled(call) };
}

/** Belay can't see into the endpoint: only an error status, a page for people, or a request that never left is known to be free. */
function mayBeBilled(call: FailedCall): boolean {
  if (call.watch.status !== null) return call.watch.status === 200 && !call.watch.contentType.includes('text/html');
  const code = codeOf(call.error);
  return call.cutBy !== null || (code !== null && !unreachableCodes.has(code));
}

const unreachableCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'EAI_FAIL',
  'EAI_NONAME',
]);

/** How deep causes may nest, so that a ring ends. */
const causesMost = 8;

function* chainOf(error: unknown): Generator {
  let at = error;
  for (let depth = 0; depth < causesMost && at !== undefined && at !== null; depth += 1) {
    yield at;
    const inner = property(at, 'errors');
    at = property(at, 'cause') ?? (Array.isArray(inner) ? (inner[0] as unknown) : undefined);
  }
}

function codeOf(error: unknown): string | null {
  for (const one of chainOf(error)) {
    const code = property(one, 'code');
    if (typeof code === 'string') return code;
  }
  return null;
}

function statusOf(error: unknown): number | null {
  for (const one of chainOf(error)) {
    const status = property(one, 'statusCode');
    if (typeof status === 'number') return status;
  }
  return null;
}

/** The `error` object that endpoints put into a stream: {message, type, code}, or the message alone. */
function streamedError(
  error: unknown,
): { readonly message: string; readonly code: string; readonly status: number | null } | null {
  for (const one of chainOf(error)) {
    // An error's own words are the SDK's; `value` is what came instead of an event of the protocol.
    const data = one instanceof Error ? (property(one, 'data') ?? property(one, 'value')) : one;
    const inner = errorIn(data) ?? data;
    const message = typeof inner === 'string' ? inner : property(inner, 'message');
    if (typeof message !== 'string' || inner instanceof Error) continue;
    const code = property(inner, 'code');
    const status = typeof code === 'number' ? code : Number(code ?? Number.NaN);
    const codes = `${String(property(inner, 'type'))} ${String(code)}`;
    const limited = /rate.?limit/i.test(codes);
    return {
      message: oneLine(message),
      code: codes,
      status: limited ? 429 : Number.isInteger(status) && status >= 400 && status < 600 ? status : null,
    };
  }
  return null;
}

/** Where endpoints put what went wrong: `error`, which OpenAI wraps into `response` in a stream. */
function errorIn(data: unknown): unknown {
  return property(data, 'error') ?? property(property(data, 'response'), 'error');
}

/** All that the endpoint said of an error, codes and types as well. */
function wordsOf(error: unknown): string {
  const told = streamedError(error);
  return `${bodyOf(error)} ${told === null ? '' : `${told.code} ${told.message}`}`;
}

function bodyOf(error: unknown): string {
  const body = property(error, 'responseBody');
  return typeof body === 'string' ? body : '';
}

/** The endpoint's own words, one line, bounded; nothing of an HTML page. */
function serverSays(error: unknown): string {
  const body = bodyOf(error);
  if (body === '') return streamedError(error)?.message ?? '';
  try {
    const value: unknown = JSON.parse(body);
    const inner = errorIn(value);
    const message = property(inner, 'message') ?? property(value, 'message') ?? property(value, 'detail') ?? inner;
    return typeof message === 'string' ? oneLine(message) : '';
  } catch {
    // not JSON: plain text is shown, a page is not
    return body.trimStart().startsWith('<') ? '' : oneLine(body);
  }
}

function nameOf(error: unknown): string {
  const names = [...chainOf(error)].map((one) => property(one, 'name'));
  return names.filter((name) => typeof name === 'string').join(' ');
}

function textOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

function withoutSecrets(message: string, { key, request }: Pick<FailedCall, 'request' | 'key'>): string {
  const named = request.baseUrl === undefined ? message : message.replaceAll(request.baseUrl, hostOf(request));
  return key === undefined || key === '' ? named : named.replaceAll(key, '…');
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/**
 * Job: check what the Run webview sends before anything acts on it.
 * Boundary: pure; by hand, since the activation bundle holds no schema library. One check per intent, in a mapped type: a
 *   forgotten member does not compile.
 */
import type { IntentName, Intents, WebviewMessage } from '../../protocol/webview.ts';
import type { RollbackPart, Shown } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';

type Fields = Readonly<Record<string, unknown>>;
type Checks = { readonly [K in IntentName]: (fields: Fields) => Intents[K] | null };

const textMost = 20_000;

const bare = (): Record<never, never> => ({});
const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isText = (value: unknown, most = textMost): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;
const isRate = (value: unknown): value is number | null =>
  value === null || (typeof value === 'number' && value >= 0 && value <= 1);

const isPace = (value: unknown): value is number => typeof value === 'number' && value >= 0.25 && value <= 1000;

function shownFrom(value: unknown): Shown | null {
  if (typeof value !== 'object' || value === null) return null;
  const { checkpoint, visibleRate, heldOutRate, visibleAt, heldOutAt, filesChanged, spentUsd } = value as Fields;
  if (!isNumber(checkpoint) || !isNumber(filesChanged) || !isRate(visibleRate) || !isRate(heldOutRate)) return null;
  if (typeof spentUsd !== 'number' || !Number.isFinite(spentUsd)) return null;
  const at = { ...(isNumber(visibleAt) && { visibleAt }), ...(isNumber(heldOutAt) && { heldOutAt }) };
  return { checkpoint, visibleRate, heldOutRate, ...at, filesChanged, spentUsd };
}

function partFrom(value: unknown): RollbackPart | null {
  if (typeof value !== 'object' || value === null) return null;
  const { paths, lines } = value as Fields;
  const named = Array.isArray(paths) ? paths.filter((path) => isText(path) && isInside(path)) : [];
  if (!Array.isArray(paths) || named.length === 0 || named.length !== paths.length) return null;
  if (lines === undefined) return { paths: named };
  if (typeof lines !== 'object' || lines === null) return null;
  const { first, last, digest } = lines as Fields;
  return isNumber(first) && isNumber(last) && isText(digest) ? { paths: named, lines: { first, last, digest } } : null;
}

const checks: Checks = {
  ready: bare,
  start: bare,
  startAgain: bare,
  pause: bare,
  resume: bare,
  stop: bare,
  reviewGate: bare,
  accept: ({ gate, shown }) => {
    const seen = shownFrom(shown);
    return isNumber(gate) && seen !== null ? { gate, shown: seen } : null;
  },
  acceptAndCommit: ({ shown }) => {
    const seen = shownFrom(shown);
    return seen === null ? null : { shown: seen };
  },
  redirect: ({ text, shown }) => {
    const seen = shownFrom(shown);
    return isText(text) && seen !== null ? { text, shown: seen } : null;
  },
  dismissStall: bare,
  withdraw: ({ directive }) => (isNumber(directive) ? { directive } : null),
  rollBackAsk: ({ checkpoint }) => (checkpoint === null || isNumber(checkpoint) ? { checkpoint } : null),
  rollBackConfirm: ({ planDigest, to, shown, reason, only }) => {
    const seen = shownFrom(shown);
    const part = only === undefined ? undefined : partFrom(only);
    if (!isText(planDigest) || !isNumber(to) || seen === null || (reason !== undefined && !isText(reason))) return null;
    if (part === null) return null;
    return { planDigest, to, shown: seen, ...(reason !== undefined && { reason }), ...(part && { only: part }) };
  },
  rollBackCancel: bare,
  openRollbackDiff: ({ to }) => (isNumber(to) ? { to } : null),
  openPlannedFile: ({ to, path }) => (isNumber(to) && isText(path) && isInside(path) ? { to, path } : null),
  undoRollback: bare,
  openDiffs: bare,
  openCheckpointDiff: ({ checkpoint }) => (isNumber(checkpoint) ? { checkpoint } : null),
  openOutput: ({ step, callId }) => (isNumber(step) && isText(callId) ? { step, callId } : null),
  openPrompt: ({ step }) => (isNumber(step) ? { step } : null),
  openSummary: ({ seq }) => (isNumber(seq) ? { seq } : null),
  copyStepLink: ({ step }) => (isNumber(step) ? { step } : null),
  openFile: ({ path }) => (isText(path) && isInside(path) ? { path } : null),
  openReport: bare,
  dismissAway: bare,
  enterKey: bare,
  allowModel: bare,
  copyQuestion: bare,
  answer: ({ step, text }) => (isNumber(step) && isText(text, limits.answerByHandChars) ? { step, text } : null),
  chooseAnswerFile: bare,
  readAnswerFile: ({ uri }) => (isText(uri) ? { uri } : null),
  raiseLimits: bare,
  showHeldOut: bare,
  showFailing: bare,
  setPace: ({ factor }) => (isPace(factor) ? { factor } : null),
  doAsRecorded: bare,
  restartSample: bare,
  newTask: bare,
  olderSteps: ({ before }) => (isNumber(before) ? { before } : null),
};

/** A relative path that stays below the folder. */
export function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.includes('\\') && path.split('/').every((part) => part !== '..' && part !== '');
}

/** The intent, with nothing but its own fields; null for anything that the webview's code does not send. */
export function parseIntent(message: unknown): WebviewMessage | null {
  if (typeof message !== 'object' || message === null) return null;
  const { type } = message as Fields;
  if (typeof type !== 'string' || !Object.hasOwn(checks, type)) return null;
  const name = type as IntentName;
  const fields = checks[name](message as Fields);
  return fields === null ? null : ({ ...fields, type: name } as WebviewMessage);
}

/**
 * Job: what is alive in a run, told apart: engine, model stream, tool, verifier, each with its last sign of life, in words; and
 *   which of them has been silent for longer than is usual, with the time at which Belay ends it.
 * Boundary: pure; what is under way is the folded state's, when it was heard of the ephemeral signs'. Nothing here is journalled.
 */
import { formatCount, formatDuration } from './forDisplay.ts';
import type { Signs } from './delta.ts';
import { limits } from './limits.ts';
import { isAskedOfNobody } from './providers.ts';
import type { CallState, RunState } from './state.ts';

export interface Living {
  readonly part: 'model' | 'tool' | 'verifier' | 'engine';
  /** "streaming, last byte 2 s ago" */
  readonly words: string;
  /** Silent for longer than is usual. */
  readonly silent: boolean;
}

export const partNames: Readonly<Record<Living['part'], string>> = {
  model: 'Model',
  tool: 'Tool',
  verifier: 'Verifier',
  engine: 'Engine',
};

/** A call that ends at once is not worth a line. */
const toolLeastMs = 1_000;
/** Output that is older than this is silence. */
const toolQuietMs = 10_000;

/** What is under way, and the engine; empty where no engine tells (`signs` is null). */
export function livingOf(state: RunState, signs: Signs | null, now: number): readonly Living[] {
  if (signs === null || state.run === null || state.ended !== null) return [];
  return [
    ...modelOf(state, signs, now),
    ...toolOf(state, signs, now),
    ...verifierOf(state, signs, now),
    engineOf(signs, now),
  ];
}

/** "Model: streaming, last byte 2 s ago" */
export function livingLine({ part, words }: Living): string {
  return `${partNames[part]}: ${words}`;
}

function modelOf({ run, step, context }: RunState, { modelAt }: Signs, now: number): readonly Living[] {
  const request = step?.request ?? context.pending?.request ?? null;
  const provider = run?.task.model.provider;
  // A person and a recording are no stream that could hang.
  if (request === null || isAskedOfNobody(provider)) return [];
  const heardAt = signSince(modelAt, request.since);
  const most = provider === 'vscode' ? limits.windowSilenceMs : limits.modelSilenceMs;
  const silentMs = now - (heardAt ?? request.since);
  if (silentMs >= most / 2)
    return [
      { part: 'model', silent: true, words: `no byte for ${span(silentMs)}; Belay ends the call at ${span(most)}` },
    ];
  const words = heardAt === null ? `asked ${ago(silentMs)}, no byte yet` : `streaming, last byte ${ago(silentMs)}`;
  return [{ part: 'model', silent: false, words }];
}

function toolOf({ step }: RunState, signs: Signs, now: number): readonly Living[] {
  const call = step?.calls?.find(({ startedAt, result }) => startedAt !== null && result === null);
  const startedAt = call?.startedAt ?? null;
  if (call === undefined || startedAt === null || now - startedAt < toolLeastMs) return [];
  const heardAt = signSince(signs.toolAt, startedAt);
  const silentMs = now - (heardAt ?? startedAt);
  const most = wallOf(call, signs);
  const silent = most !== null && silentMs >= most / 2;
  const end = silent ? `; Belay ends it at ${span(most)}` : '';
  const last =
    heardAt === null || silentMs >= toolQuietMs ? `silent for ${span(silentMs)}` : `last output ${ago(silentMs)}`;
  return [{ part: 'tool', silent, words: `${call.name}, ${last}, began ${ago(now - startedAt)}${end}` }];
}

/** How long a command may take; null for the other tools, whose parts have limits of their own. */
function wallOf({ name, argumentsJson }: CallState, { commandMs }: Signs): number | null {
  if (name !== 'run') return null;
  const asked = /"timeout_seconds"\s*:\s*(\d+)/.exec(argumentsJson)?.[1];
  return asked === undefined ? commandMs : Math.min(Number(asked) * 1_000, limits.commandWallMostMs);
}

function verifierOf({ figures }: RunState, { verdictAt, verified }: Signs, now: number): readonly Living[] {
  const running = figures.visible.running ?? figures.heldOut.running;
  if (running === null) return [];
  const heardAt = signSince(verdictAt, running.since);
  const silentMs = now - (heardAt ?? running.since);
  const done =
    heardAt === null || verified === null
      ? `checkpoint ${formatCount(running.checkpoint)}`
      : `${formatCount(verified.done)} of ${formatCount(verified.total)} cases`;
  // A build may take its time before the first verdict.
  if (silentMs >= 2 * limits.buildWallMs) {
    const end = `Belay ends it at ${span(limits.verificationWallMs)}`;
    return [{ part: 'verifier', silent: true, words: `${done}, no verdict for ${span(silentMs)}; ${end}` }];
  }
  const last = heardAt === null ? `began ${ago(silentMs)}, no verdict yet` : `last verdict ${ago(silentMs)}`;
  return [{ part: 'verifier', silent: false, words: `${done}, ${last}` }];
}

function engineOf({ at, pid }: Signs, now: number): Living {
  const silentMs = Math.max(0, now - at);
  if (silentMs < limits.engineSilenceMs)
    return { part: 'engine', silent: false, words: `heartbeat ${ago(silentMs)}, process ${String(pid)}` };
  const way = `if that lasts, end it (kill -9 ${String(pid)}) and start it again`;
  return { part: 'engine', silent: true, words: `no heartbeat for ${span(silentMs)}; ${way}` };
}

/** A sign of what was under way before is none of this. */
function signSince(at: number | null, since: number): number | null {
  return at !== null && at >= since ? at : null;
}

function ago(ms: number): string {
  return ms < 1_000 ? 'now' : `${span(ms)} ago`;
}

/** In seconds where minutes would say too little: "90 s", "12 min". */
function span(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1_000);
  return seconds < 180 ? `${String(seconds)} s` : formatDuration(ms);
}

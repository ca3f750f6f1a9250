/**
 * Job: what must hold after each entry of a simulated run, each rule a function of its own that says what is wrong, or null.
 * Boundary: judges from outside: the bytes that are durable on the simulated disk, the provider's own bill, and the states
 *   before and after. Arithmetic of the product is done a second time here.
 */
import { isDeepStrictEqual } from 'node:util';
import type { decide } from '../../src/run/decide.ts';
import type { Entry, EntryType } from '../../src/run/entry.ts';
import { limits } from '../../src/run/limits.ts';
import { initialState, reduce } from '../../src/run/reduce.ts';
import { unreviewedSteps } from '../../src/run/reviewDebt.ts';
import type { RunState } from '../../src/run/state.ts';
import { heldBack } from '../../src/run/throttle.ts';
import type { SimulatedDisk } from '../unit/journal/simulatedDisk.ts';
import { JournalReader } from './journalReader.ts';
import type { Bill } from './provider.ts';

export interface Violation {
  /** The name of the check, such as "J2_publishedIsDurable". */
  readonly check: string;
  readonly message: string;
}

/** What the checks remember of the run so far, over all lives of its engine. */
export class Memory {
  readonly published: Entry[] = [];
  /** The fold of what was read back from the durable bytes. */
  twin: RunState = initialState;
  reader: JournalReader;
  readonly knownBlobs = new Set<string>();
  readonly answeredSteps = new Set<number>();
  /** A summary that passed and does not stand in for the story yet. */
  summary: Entry<'summary.answered'> | null = null;
  summariesRefused = 0;
  readonly workDone = new Set<string>();
  requestsInRow = 0;
  /** The checkpoint of the newest request for a summary. */
  summedUp: number | null = null;
  /** What may be committed at most: the hard limit, or what was committed when the supervisor lowered it below. */
  readonly caps: Record<'costUsd' | 'tokens', number> = { costUsd: Infinity, tokens: Infinity };
  wallUsedMs = 0;
  /** How long the machine slept, told or not. */
  sleptMs = 0;
  readonly entriesByType = new Map<EntryType, number>();

  private readonly equals = new WeakMap<object, object>();

  constructor(disk: SimulatedDisk) {
    this.reader = new JournalReader(disk);
  }

  sameAs(a: unknown, b: unknown): boolean {
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
    if (this.equals.get(a) === b) return true;
    const keys = Object.keys(a);
    if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false;
    const fields = [a, b] as unknown as readonly [Record<string, unknown>, Record<string, unknown>];
    if (!keys.every((key) => key in b && this.sameAs(fields[0][key], fields[1][key]))) return false;
    this.equals.set(a, b);
    return true;
  }
}

export interface Observed {
  readonly entry: Entry;
  readonly before: RunState;
  readonly after: RunState;
  readonly disk: SimulatedDisk;
  readonly bill: Readonly<Bill>;
  readonly decide: typeof decide;
  readonly memory: Memory;
}

type Check = (observed: Observed) => string | null;

const J1_seqIsDense: Check = ({ entry, memory }) =>
  entry.seq === memory.published.length
    ? null
    : `entry ${entry.seq} is the ${memory.published.length}th that was published`;

/** Read from what a power cut would leave. */
const J2_publishedIsDurable: Check = ({ entry, memory }) => {
  const line = memory.reader.nextDurable();
  if (line === null) return `entry ${entry.seq} (${entry.type}) was published and is not durable`;
  const same =
    line.json === JSON.stringify(entry) || isDeepStrictEqual(JSON.parse(line.json), JSON.parse(JSON.stringify(entry)));
  if (!same) return `what is durable as entry ${entry.seq} is not what was published: ${line.json}`;
  memory.twin = reduce(memory.twin, JSON.parse(line.json) as Entry);
  return null;
};

const J6_chainHolds: Check = ({ entry, memory }) =>
  entry.prev === memory.reader.digestBefore
    ? null
    : `entry ${entry.seq} names ${entry.prev} as the line before it, which is ${memory.reader.digestBefore}`;

/** Whole-object equality; what was found equal before and is the same object on both sides still is: states don't change. */
const J1_foldOfTheJournalIsTheState: Check = ({ after, memory }) =>
  memory.sameAs(memory.twin, after)
    ? null
    : `the journal folds to another state than the engine's: ${firstDifference(memory.twin, after)}`;

const J5_intentComesFirst: Check = ({ entry, before }) => {
  if (entry.type === 'rollback.finished' && before.rollback === null) return 'a rollback finished without its intent';
  if (entry.type !== 'tool.finished') return null;
  const call = before.step?.calls?.find((c) => c.callId === entry.callId);
  return (call?.startedAt ?? null) === null ? `call ${entry.callId} finished without having started` : null;
};

const J9_blobsAreDurable: Check = ({ entry, disk, memory }) => {
  for (const [, digest = '', bytes] of JSON.stringify(entry).matchAll(/\{"digest":"([0-9a-f]{64})","bytes":(\d+)\}/g)) {
    if (memory.knownBlobs.has(digest)) continue;
    const content = disk.durableContent(`/run/blobs/${digest.slice(0, 2)}/${digest}`);
    if (content?.length !== Number(bytes)) return `entry ${entry.seq} names blob ${digest}, which is not durable`;
    memory.knownBlobs.add(digest);
  }
  return null;
};

/** A summary that passed stands in for the story, or the story is another: it is not asked for again. */
const S1_summaryIsBoughtOnce: Check = ({ entry, memory }) => {
  const asked = entry.type === 'summary.requested';
  if (asked && memory.summary !== null) return `a summary is asked for, and entry ${memory.summary.seq} has one`;
  noteSummary(entry, memory);
  return null;
};

/** Also of entries that only the journal told of. */
function noteSummary(entry: Entry, memory: Memory): void {
  if (entry.type === 'summary.answered' && entry.problems.length === 0) memory.summary = entry;
  const isAnotherStory = entry.type === 'rollback.started' && entry.paths === undefined;
  if (entry.type === 'context.compacted' || isAnotherStory) memory.summary = null;
}

/** G2: what stands in for the story names all that binds the run. */
const G2_summaryNamesWhatBinds: Check = ({ entry, before, disk, memory }) => {
  if (entry.type !== 'context.compacted') return null;
  const asked = memory.published.findLast((e) => e.type === 'summary.requested');
  const text = blobText(disk, entry.summary.digest);
  const known = asked?.type === 'summary.requested' ? asked.directives : [];
  for (const { directive, withdrawn } of before.directives)
    if (!withdrawn && known.includes(directive) && !text.includes(`Directive ${directive}:`))
      return `the summary is without directive ${directive}`;
  const open = before.plan.find(({ title, status }) => status !== 'done' && !text.includes(title));
  return open === undefined ? null : `the summary is without the open item "${open.title}"`;
};

/** No summary is bought for ever. */
const B3_summariesAreLimited: Check = ({ entry, memory }) => {
  if (entry.type.startsWith('context.') || entry.type === 'rollback.finished') memory.summariesRefused = 0;
  if (entry.type === 'summary.answered' && entry.problems.length > 0) memory.summariesRefused += 1;
  return memory.summariesRefused <= limits.summaryTries ? null : `${memory.summariesRefused} summaries did not pass`;
};

function blobText(disk: SimulatedDisk, digest: string): string {
  return disk.durableContent(`/run/blobs/${digest.slice(0, 2)}/${digest}`)?.toString('utf8') ?? '';
}

const S1_oneAnswerPerStep: Check = ({ entry, memory }) => {
  if (entry.type === 'model.requested' && memory.answeredSteps.has(entry.step))
    return `step ${entry.step} has its answer and asks again`;
  if (entry.type !== 'model.answered') return null;
  if (memory.answeredSteps.has(entry.step)) return `step ${entry.step} has two answers`;
  memory.answeredSteps.add(entry.step);
  return null;
};

/** A new engine's next entry after its start settles the call that the last one left, with all that was reserved. */
const S1_cutCallIsCharged: Check = ({ entry, before, memory }) => {
  const started = memory.published.at(-2);
  if (started?.type !== 'engine.started') return null;
  const cut = before.context.pending?.request ?? before.step?.request ?? null;
  if (cut === null) return null;
  const charged =
    (entry.type === 'model.failed' || entry.type === 'summary.failed') &&
    entry.kind === 'interrupted' &&
    entry.costUsd === cut.reservedUsd &&
    entry.tokens === cut.reservedTokens;
  return charged
    ? null
    : `a call that reserved $${cut.reservedUsd} was cut, and the new engine's first word of it is ${JSON.stringify(entry)}`;
};

const S1_callFinishesOnce: Check = ({ entry, before }) => {
  if (entry.type !== 'tool.started' && entry.type !== 'tool.finished') return null;
  const call = before.step?.calls?.find((c) => c.callId === entry.callId);
  if (call?.result) return `call ${entry.callId} has its result, and then ${entry.type}`;
  return entry.type === 'tool.started' && (call?.startedAt ?? null) !== null
    ? `call ${entry.callId} started twice`
    : null;
};

const B1_hardLimitsHold: Check = ({ entry, after, memory }) => {
  const committed = {
    costUsd: after.budget.spentUsd + after.budget.reservedUsd,
    tokens: after.budget.tokens + after.budget.reservedTokens,
  };
  for (const kind of ['costUsd', 'tokens'] as const) {
    const hard = after.budget.limits[kind]?.hard ?? Infinity;
    if (entry.type === 'run.created' || entry.type === 'budget.changed')
      memory.caps[kind] = Math.max(hard, committed[kind]);
    if (committed[kind] > memory.caps[kind] * (1 + 1e-9))
      return `${kind}: ${committed[kind]} is spent and reserved, the limit is ${hard}`;
    if (isRequest(entry) && committed[kind] > hard * (1 + 1e-9))
      return `${kind}: a call reserves up to ${committed[kind]} over the limit ${hard}`;
  }
  return null;
};

const B1_costIsByThePriceTable: Check = ({ entry, before }) => {
  const price = before.run?.task.model.price;
  const isAnswer = entry.type === 'model.answered' || entry.type === 'summary.answered';
  if (!isAnswer || price === undefined || price === null) return null;
  const what = entry.type === 'model.answered' ? `the answer of step ${entry.step}` : 'a summary';
  const { input, cachedInput, cacheWriteInput, output } = entry.usage;
  const { longContext } = price;
  const by = longContext !== undefined && input > longContext.overInputTokens ? longContext : price;
  const microUsd =
    (input - cachedInput - cacheWriteInput) * by.inputUsdPerMTok +
    cachedInput * by.cachedInputUsdPerMTok +
    cacheWriteInput * by.cacheWriteUsdPerMTok +
    output * by.outputUsdPerMTok;
  if (Math.abs(entry.costUsd - microUsd / 1e6) > 1e-12)
    return `${what} costs ${entry.costUsd}, by the price table ${microUsd / 1e6}`;
  const reserved = (entry.type === 'model.answered' ? before.step : before.context.pending)?.request ?? null;
  if (reserved === null) return `${what} was given without a reservation`;
  return entry.costUsd <= reserved.reservedUsd + 1e-12
    ? null
    : `the answer costs ${entry.costUsd}, ${reserved.reservedUsd} were reserved`;
};

const B1_billIsCovered: Check = ({ after, bill }) => billIsCovered(after, bill);

/** Also asked in the moment when the provider is called. */
export function billIsCovered({ budget }: RunState, bill: Readonly<Bill>): string | null {
  const covered = { costUsd: budget.spentUsd + budget.reservedUsd, tokens: budget.tokens + budget.reservedTokens };
  if (bill.costUsd > covered.costUsd + 1e-9)
    return `the provider bills $${bill.costUsd}, spent and reserved are $${covered.costUsd}`;
  return bill.tokens > covered.tokens
    ? `the provider bills ${bill.tokens} tokens, spent and reserved are ${covered.tokens}`
    : null;
}

const B1_wallIsMonotone: Check = ({ entry, before, after, memory }) => {
  const { wallMs, runningSince } = after.budget;
  const used = wallMs + (runningSince === null ? 0 : entry.at - runningSince);
  const most = entry.type === 'engine.started' ? 0 : Math.max(0, entry.at - before.at);
  const grown = used - memory.wallUsedMs;
  memory.wallUsedMs = used;
  return grown < 0 || (entry.seq > 1 && grown > most)
    ? `the wall budget moved by ${grown} ms at entry ${entry.seq}, at most ${most} ms went by`
    : null;
};

const B3_attemptsAreLimited: Check = ({ entry, memory }) => {
  countRequests(entry, memory);
  if (!isRequest(entry)) return null;
  const attempts = Math.max(memory.requestsInRow, entry.attempt);
  return attempts <= limits.modelAttempts ? null : `attempt ${attempts} of ${entry.type}`;
};

function isRequest(entry: Entry): entry is Entry<'model.requested' | 'summary.requested'> {
  return entry.type === 'model.requested' || entry.type === 'summary.requested';
}

/** Calls in a row for one and the same thing. */
function countRequests(entry: Entry, memory: Memory): void {
  const anew = [
    'step.started',
    'run.resumed',
    'model.answered',
    'summary.answered',
    'context.compacted',
    'context.freshened',
  ];
  if (anew.includes(entry.type)) memory.requestsInRow = 0;
  // A try that came to nothing for good is counted by itself.
  if ((entry.type === 'summary.failed' || entry.type === 'model.failed') && !entry.retryable) memory.requestsInRow = 0;
  // Where the story has moved on meanwhile, it is another thing to sum up.
  if (entry.type === 'summary.requested' && entry.checkpoint !== memory.summedUp) memory.requestsInRow = 0;
  if (entry.type === 'summary.requested') memory.summedUp = entry.checkpoint;
  if (isRequest(entry)) memory.requestsInRow += 1;
}

const B3_throttleHolds: Check = ({ entry, before, memory }) => {
  const most = before.run?.task.throttle?.requestsPerMinute;
  if (!isRequest(entry) || most === undefined) return null;
  const within = memory.published.filter((e) => isRequest(e) && e.at > entry.at - 60_000 && e.at <= entry.at);
  return within.length <= most ? null : `${within.length} requests within a minute, ${most} are allowed`;
};

/** The more waits for review, the later the first call of a step is made; unless the supervisor resumed it. */
const B3_reviewDebtSlows: Check = ({ entry, before }) => {
  const policy = before.run?.task.throttle?.unreviewed;
  const { step } = before;
  if (entry.type !== 'model.requested' || policy === undefined || step === null) return null;
  const over = unreviewedSteps(before, 1_000) - policy.steps;
  const waited = entry.at - step.startedAt;
  if (over <= 0 || waited < 0 || entry.at < (before.pace.lifted?.review ?? 0)) return null;
  const due = Math.min(3_600_000, over * policy.waitMs);
  return waited < due ? `${over} steps too many wait for review, and only ${waited} of ${due} ms were waited` : null;
};

/** By itself it goes on only from a parking, and not before its time, or once it was reviewed. */
const B3_parkedUntilItsTime: Check = ({ entry, before }) => {
  if (entry.type !== 'run.resumed' || entry.by !== undefined) return null;
  const until = before.paused?.until;
  if (until === undefined) return 'a run that was not parked went on by itself';
  if (before.paused?.reason === 'throttle' && heldBack(before, entry.at) === null) return null;
  return entry.at < until ? `a run that was parked until ${until} went on at ${entry.at}` : null;
};

/** Wall time in which the machine slept is in no budget, whatever is recorded first after it. */
const B1_sleepIsFree: Check = ({ entry, after, memory }) => {
  const { wallMs, runningSince } = after.budget;
  const used = wallMs + (runningSince === null ? 0 : entry.at - runningSince);
  const awake = entry.at - (memory.published[0]?.at ?? entry.at) - memory.sleptMs;
  return used > awake ? `${used} ms of the wall budget are used, the machine was awake for ${awake} ms` : null;
};

const B2_limitsAreTheSupervisors: Check = ({ entry, before, after }) =>
  entry.type === 'budget.changed' ||
  entry.type === 'run.created' ||
  isDeepStrictEqual(before.budget.limits, after.budget.limits)
    ? null
    : `${entry.type} changed a limit`;

const ofTheAgent = /^(step|model|tool|summary)\.|^context\.(compacted|freshened)$/;

const G1_gateHolds: Check = ({ entry, before }) => {
  if (before.gate === null) return null;
  const agents =
    ofTheAgent.test(entry.type) ||
    entry.type === 'gate.opened' ||
    entry.type === 'stall.detected' ||
    (entry.type === 'checkpoint.created' && entry.kind === 'step');
  return agents ? `${entry.type} while gate ${before.gate.gate} is open` : null;
};

const mayHappenAtAGate: ReadonlySet<string> = new Set(['wait', 'finishRollback', 'end', 'exit']);

const G1_decideHoldsAtAGate: Check = ({ after, decide }) => {
  if (after.gate === null) return null;
  const { kind } = decide(after, after.at);
  return mayHappenAtAGate.has(kind) ? null : `decide says ${kind} while gate ${after.gate.gate} is open`;
};

/** Ten steps that did the very same and changed nothing: by then a rung was taken, and after the last one a gate holds. */
const B3_stallIsHeld: Check = ({ entry, before }) => {
  if (entry.type !== 'step.started' || Object.keys(before.stalls.quietUntil).length > 0) return null;
  const last = before.stalls.traces.slice(-10);
  const outcome = JSON.stringify(last[0]?.calls);
  const same = last.length === 10 && last.every(({ changed, calls }) => !changed && JSON.stringify(calls) === outcome);
  return same ? `step ${entry.step} begins after ten that did the same, and nothing is done about it` : null;
};

/** H3: by the verdicts of the visible suite as they were published. */
const H3_ladderGoesBackToBestVisible: Check = ({ entry, before }) => {
  if (entry.type !== 'rollback.started' || entry.by !== 'Belay') return null;
  const rate = (visible: { pass: number; total: number } | undefined) => (visible ? visible.pass / visible.total : -1);
  const better = before.checkpoints.find((c) => rate(c.visible) > rate(before.checkpoints.get(entry.to)?.visible));
  return better === undefined ? null : `Belay rolls back to ${entry.to}, and ${better.checkpoint} is better`;
};

const G2_requestNamesAllDirectives: Check = ({ entry, before, disk }) => {
  if (!isRequest(entry)) return null;
  const prompt = blobText(disk, entry.prompt.digest);
  const forgotten = before.directives.filter(
    (d) =>
      !d.withdrawn &&
      !(entry.directives.includes(d.directive) && prompt.includes(`Directive ${d.directive}: ${d.text}`)),
  );
  return forgotten.length === 0
    ? null
    : `${entry.type} is without directive ${forgotten.map((d) => d.directive).join(', ')}`;
};

const G3_decisionNamesWhoAndWhat: Check = ({ entry, before }) => {
  if (entry.type !== 'gate.decided') return null;
  if (before.gate?.gate !== entry.gate) return `gate ${entry.gate} was decided and is not the open one`;
  return entry.by === '' ? 'a decision without a name' : null;
};

/** The same effect whatever the held-out verdicts say. */
const H3_decideIgnoresHeldOut: Check = ({ after, decide }) => {
  const { last } = after.figures.heldOut;
  if (last === null) return null;
  const now = after.at + 1;
  const as = JSON.stringify(decide(after, now));
  for (const pass of [0, last.total]) {
    const other = {
      ...last,
      pass,
      counts: { ...last.counts, pass, fail: last.total - pass },
      regressed: last.total,
      repaired: pass,
      buildOk: pass > 0,
    };
    const figures = { ...after.figures, heldOut: { ...after.figures.heldOut, last: other, trend: [other] } };
    const otherwise = JSON.stringify(decide({ ...after, figures }, now));
    if (otherwise !== as) return `with ${last.pass} held-out passes decide says ${as}, with ${pass} ${otherwise}`;
  }
  return null;
};

/** A pause with this reason is how the loop tells of a broken effect. */
const S1_noEffectBreaks: Check = ({ entry }) =>
  entry.type === 'run.paused' && entry.reason === 'failure' ? `an effect broke: ${entry.message}` : null;

/** In this order: the first that fails names the violation. */
export const entryChecks: Readonly<Record<string, Check>> = {
  J1_seqIsDense,
  J2_publishedIsDurable,
  J6_chainHolds,
  J1_foldOfTheJournalIsTheState,
  J9_blobsAreDurable,
  J5_intentComesFirst,
  S1_oneAnswerPerStep,
  S1_summaryIsBoughtOnce,
  S1_cutCallIsCharged,
  S1_callFinishesOnce,
  S1_noEffectBreaks,
  B1_hardLimitsHold,
  B1_costIsByThePriceTable,
  B1_billIsCovered,
  B1_wallIsMonotone,
  B1_sleepIsFree,
  B2_limitsAreTheSupervisors,
  B3_attemptsAreLimited,
  B3_parkedUntilItsTime,
  B3_stallIsHeld,
  B3_summariesAreLimited,
  B3_throttleHolds,
  B3_reviewDebtSlows,
  G1_gateHolds,
  G1_decideHoldsAtAGate,
  G2_requestNamesAllDirectives,
  G2_summaryNamesWhatBinds,
  G3_decisionNamesWhoAndWhat,
  H3_decideIgnoresHeldOut,
  H3_ladderGoesBackToBestVisible,
};

export function checkEntry(observed: Observed): Violation | null {
  const { entry, memory } = observed;
  memory.published.push(entry);
  memory.entriesByType.set(entry.type, (memory.entriesByType.get(entry.type) ?? 0) + 1);
  for (const [check, judge] of Object.entries(entryChecks)) {
    const message = judge(observed);
    if (message !== null) return { check, message };
  }
  return null;
}

/**
 * What a restarted engine has read: the chain holds from the first byte, all that was published is there, nothing follows
 * but the one commit whose acknowledgement was cut, and the state is the fold of just that.
 */
/** @param entries what was read; null: a snapshot stood for most of it */
export function checkOpened(
  entries: readonly Entry[] | null,
  state: RunState,
  disk: SimulatedDisk,
  memory: Memory,
): Violation | null {
  const violation = (check: string, message: string): Violation => ({ check, message });
  const reader = new JournalReader(disk);
  const lines = reader.readAll();
  if (lines.problem !== null) return violation('J6_chainHolds', lines.problem);
  const text = (entry: unknown) => JSON.stringify(entry);
  const held = lines.lines.map((line) => JSON.parse(line.json) as Entry);
  if (entries !== null && text(held) !== text(entries))
    return violation('J3_restartReadsTheJournal', `${entries.length} entries were read, ${held.length} are there`);
  const lost = memory.published.findIndex((entry, index) => text(entry) !== text(held[index]));
  if (lost >= 0)
    return violation('J2_publishedIsDurable', `entry ${lost + 1} was published and is not there after the restart`);
  const extra = lines.lines.slice(memory.published.length);
  if (
    extra.length > 0 &&
    (extra[0]?.k !== 1 || extra.at(-1)?.k !== extra.at(-1)?.n || extra.at(-1)?.k !== extra.length)
  ) {
    return violation(
      'J3_commitIsWholeOrGone',
      `${extra.length} entries follow what was published, which are not one whole commit`,
    );
  }
  const folded = held.reduce(reduce, initialState);
  if (!isDeepStrictEqual(folded, state))
    return violation('J1_foldOfTheJournalIsTheState', firstDifference(folded, state));
  for (const entry of held.slice(memory.published.length))
    if (entry.type === 'model.answered') memory.answeredSteps.add(entry.step);
  for (const entry of held.slice(memory.published.length)) adopt(entry, memory);
  memory.published.push(...held.slice(memory.published.length));
  memory.twin = folded;
  memory.reader = reader;
  return null;
}

/** Takes note of an entry that only the journal told of. */
function adopt(entry: Entry, memory: Memory): void {
  countRequests(entry, memory);
  noteSummary(entry, memory);
}

export function noteBudget(state: RunState, memory: Memory, seenBefore: number): void {
  const { budget } = state;
  memory.wallUsedMs = budget.wallMs + (budget.runningSince === null ? 0 : state.at - budget.runningSince);
  const changed = memory.published
    .slice(seenBefore)
    .some((e) => e.type === 'budget.changed' || e.type === 'run.created');
  if (!changed) return;
  memory.caps.costUsd = Math.max(budget.limits.costUsd?.hard ?? Infinity, budget.spentUsd + budget.reservedUsd);
  memory.caps.tokens = Math.max(budget.limits.tokens?.hard ?? Infinity, budget.tokens + budget.reservedTokens);
}

export function firstDifference(a: object, b: object): string {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) {
    const [left, right] = [(a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]];
    if (!isDeepStrictEqual(left, right))
      return `${key}: ${JSON.stringify(left ?? null).slice(0, 300)} and ${JSON.stringify(right ?? null).slice(0, 300)}`;
  }
  return 'none';
}

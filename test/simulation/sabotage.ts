/**
 * Job: engines that break one rule each, with the check that has to see it.
 * Boundary: each is a part that stands in for the real one; the product knows nothing of this.
 */
import { decide } from '../../src/run/decide.ts';
import type { Entry, EntryBody } from '../../src/run/entry.ts';
import { openingEntries } from '../../src/run/recover.ts';
import type { RunState } from '../../src/run/state.ts';
import { requestSummary } from '../../src/engine/effects/compaction.ts';
import { checkSnapshot } from '../../src/engine/checkSnapshot.ts';
import { requestModel } from '../../src/engine/effects/requestModel.ts';
import { realDisk, type Disk } from '../../src/engine/journal/disk.ts';
import { frameLine, sha256 } from '../../src/engine/journal/frame.ts';
import { openJournal, type Journal } from '../../src/engine/journal/journal.ts';
import { runLoop } from '../../src/engine/loop.ts';
import type { Run } from '../../src/engine/run.ts';
import { runFolder, type Parts } from './engine.ts';

type Broken = Partial<Parts>;

export interface Sabotage {
  /** The rule that is broken, and how. */
  readonly title: string;
  readonly parts: Broken;
  /** The check that must name it. */
  readonly check: string;
}

/** The loop and its `decide` are shown another state than the run's. */
function deciding(disguise: (state: RunState) => RunState): Broken {
  const shown = (run: Run): Run =>
    new Proxy(run, {
      get: (target, key) => {
        if (key === 'state') return disguise(target.state);
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  return { decide: (state, now) => decide(disguise(state), now), runLoop: (run, ports) => runLoop(shown(run), ports) };
}

/** As it would be had the supervisor just decided. */
function decided(state: RunState): RunState {
  const { stepsFinished, budget, head } = state;
  return {
    ...state,
    gate: null,
    asked: null,
    sinceGate: {
      steps: stepsFinished,
      spentUsd: budget.spentUsd,
      bestVisible: null,
      checkpoint: head ?? 0,
      results: {},
    },
  };
}

/** G1 broken: at a gate it goes on as if it had been decided. */
const ignoresGates = deciding((state) => (state.gate === null ? state : decided(state)));

/** H3 broken: after a good held-out figure no gate is due. */
const looksAtHeldOut = deciding((state) => {
  const { last } = state.figures.heldOut;
  return last !== null && last.pass > last.total / 2 ? decided(state) : state;
});

/** B3 broken: a failed call is repeated for ever. */
const neverGivesUp = deciding((state) => (state.step ? { ...state, step: { ...state.step, failures: 0 } } : state));

/** B3 broken: a provider that asked for an hour is asked again at once. */
const cannotWait = deciding((state) =>
  state.paused?.until === undefined ? state : { ...state, paused: { ...state.paused, until: 0 } },
);

/** B3 broken: the ladder has no last rung, so a stalled run goes on for ever. */
const skipsTheHold = deciding((state) => {
  const task = state.run?.task;
  if (state.run === null || task?.stalls === undefined) return state;
  return { ...state, run: { ...state.run, task: { ...task, stalls: { ...task.stalls, hold: false } } } };
});
/** B3 broken: what was asked within the last minute is forgotten. */
const neverHeldBack = deciding((state) => ({ ...state, pace: { ...state.pace, calls: [] } }));

/** B3 broken: whatever there is counts as accepted. */
const takesAllForReviewed = deciding((state) => ({ ...state, accepted: state.head ?? 0 }));

/** J2 broken: the run folds and publishes what is not written yet. */
const publishesBeforeItAppends: Broken = {
  openJournal: async (run, options) => {
    const opened = await openJournal(run, options);
    let last = { seq: opened.journal.seq, prev: '' };
    const entries: Entry[] = [];
    for await (const entry of opened.entries) entries.push(entry);
    const hasty = {
      append: async (bodies: readonly EntryBody[], at: number): Promise<readonly Entry[]> => {
        if (last.seq === 0) {
          const first = await opened.journal.append(bodies, at);
          last = { seq: first.length, prev: digestOf(first) };
          return first;
        }
        void opened.journal.append(bodies, at).catch(() => undefined);
        const guessed = bodies.map((body, index): Entry => ({
          seq: last.seq + 1 + index,
          at: Math.round(at),
          prev: last.prev,
          ...body,
        }));
        last = { seq: last.seq + bodies.length, prev: digestOf(guessed) };
        return guessed;
      },
    };
    const journal = Object.assign(Object.create(opened.journal) as Journal, hasty);
    return { ...opened, journal, entries: fromList(entries) };
  },
};

function digestOf(commit: readonly Entry[]): string {
  const entry = commit.at(-1);
  return entry ? sha256(frameLine(entry, commit.length, commit.length)) : '';
}

async function* fromList(entries: readonly Entry[]): AsyncGenerator<Entry> {
  await Promise.resolve();
  yield* entries;
}

/** B1 broken: what the machine slept is counted as running. */
const countsSleep: Broken = {
  openJournal: async (run, options) => {
    const opened = await openJournal(run, options);
    const { journal } = opened;
    const forgetful = Object.assign(Object.create(journal) as Journal, {
      append: (bodies: readonly EntryBody[], at: number) =>
        journal.append(
          bodies.map((body) => (body.type === 'clock.jumped' ? { ...body, byMs: 0 } : body)),
          at,
        ),
    });
    return { ...opened, journal: forgetful };
  },
};

/** B1 broken: the call is made without a reservation. */
const reservesNothing: Broken = {
  requestModel: (ports, signal) =>
    requestModel(
      {
        ...ports,
        run: rewriting(ports.run, (body) =>
          body.type === 'model.requested' ? { ...body, reservedUsd: 0, reservedTokens: 0 } : body,
        ),
      },
      signal,
    ),
};

/** G2 broken: the newest directive is left out. */
const forgetsDirectives: Broken = {
  requestModel: (ports, signal) =>
    requestModel(
      {
        ...ports,
        run: rewriting(ports.run, (body) =>
          body.type === 'model.requested' ? { ...body, directives: body.directives.slice(1) } : body,
        ),
      },
      signal,
    ),
};

/** S1 broken: the answer is recorded twice, as if it had been bought again. */
const buysTwice: Broken = {
  requestModel: (ports, signal) =>
    requestModel(
      {
        ...ports,
        run: rewriting(
          ports.run,
          (body) => body,
          (body) => body.type === 'model.answered',
        ),
      },
      signal,
    ),
};

/** G2 broken: whatever the model wrote stands in for the story, if this of the check's findings is all that it found. */
const takesSummariesThat = (problem: RegExp): Broken => ({
  requestSummary: (ports, wanted, signal) =>
    requestSummary(
      {
        ...ports,
        run: rewriting(ports.run, (body) =>
          body.type === 'summary.answered' && body.problems.every((one) => problem.test(one))
            ? { ...body, problems: [] }
            : body,
        ),
      },
      wanted,
      signal,
    ),
});

/** S1 broken: a summary that the last engine bought is forgotten. */
const forgetsTheSummary = deciding((state) =>
  state.context.pending === null ? state : { ...state, context: { ...state.context, pending: null } },
);

/** The same run, whose new entries are rewritten, some of them doubled, on their way to the journal. */
function rewriting(
  run: Run,
  rewrite: (body: EntryBody) => EntryBody,
  doubled: (body: EntryBody) => boolean = () => false,
): Run {
  const rewritten = (bodies: readonly EntryBody[]) =>
    bodies.flatMap((body) => (doubled(body) ? [rewrite(body), rewrite(body)] : [rewrite(body)]));
  return Object.assign(Object.create(run) as Run, {
    record: (...bodies: readonly EntryBody[]) => run.record(...rewritten(bodies)),
    decideAndRecord: (make: (state: RunState) => readonly EntryBody[]) =>
      run.decideAndRecord((state) => rewritten(make(state))),
  });
}

/** S1 and B1 broken: a cut call costs nothing. */
const forgivesTheCutCall: Broken = {
  openingEntries: (state, pid) =>
    openingEntries(state, pid).map((body) =>
      body.type === 'model.failed' ? { ...body, costUsd: 0, tokens: 0 } : body,
    ),
};

/** J4 broken: lines that don't match their digest are passed over. */
const skipsDamage: Broken = {
  openJournal: async (run, options) => {
    const disk = options.disk ?? realDisk;
    const folder = `${runFolder}/journal`;
    for (const name of (await disk.list(folder)).filter((n) => n.endsWith('.jsonl')))
      await dropBroken(disk, `${folder}/${name}`);
    return openJournal(run, options).catch(() => openJournal(`${runFolder}/other`, options));
  },
};

async function dropBroken(disk: Disk, path: string): Promise<void> {
  const lines = (await disk.read(path)).toString('latin1').split('\n');
  const whole = lines.filter(
    (line) => sha256(Buffer.from(line.slice(0, -17), 'latin1')).slice(0, 16) === line.slice(-16),
  );
  const file = await disk.openToAppend(path);
  await file.truncate(0);
  await file.append(Buffer.from(whole.map((line) => `${line}\n`).join(''), 'latin1'));
  await file.sync();
}

/** J1 broken: what the background check finds out about a snapshot changes nothing. */
const believesLies: Broken = {
  checkSnapshot: async (run, disk) => {
    const check = await checkSnapshot(run, disk);
    return check.kind === 'lies' ? { kind: 'agrees' } : check;
  },
};

/** J4 broken: what was sealed is not looked at again. */
const overlooksSealed: Broken = {
  checkSnapshot: async (run, disk) => {
    const check = await checkSnapshot(run, disk);
    return check.kind === 'damaged' ? { kind: 'agrees' } : check;
  },
};

export const sabotages: readonly Sabotage[] = [
  { title: 'G1: a decide that ignores gates', parts: ignoresGates, check: 'G1_decideHoldsAtAGate' },
  { title: 'H3: a decide that looks at held-out verdicts', parts: looksAtHeldOut, check: 'H3_decideIgnoresHeldOut' },
  { title: 'B3: a decide that never gives up', parts: neverGivesUp, check: 'B3_attemptsAreLimited' },
  { title: 'B3: a decide that does not stay parked', parts: cannotWait, check: 'B3_parkedUntilItsTime' },
  { title: 'B3: a ladder that skips the hold', parts: skipsTheHold, check: 'B3_stallIsHeld' },
  { title: 'B3: a decide that no throttle holds back', parts: neverHeldBack, check: 'B3_throttleHolds' },
  { title: 'B3: a decide that takes all for reviewed', parts: takesAllForReviewed, check: 'B3_reviewDebtSlows' },
  {
    title: 'J2: a run that publishes before it appends',
    parts: publishesBeforeItAppends,
    check: 'J2_publishedIsDurable',
  },
  { title: 'B1: a budget that counts what the machine slept', parts: countsSleep, check: 'B1_sleepIsFree' },
  { title: 'B1: a request that reserves nothing', parts: reservesNothing, check: 'B1_billIsCovered' },
  { title: 'G2: a request that forgets a directive', parts: forgetsDirectives, check: 'G2_requestNamesAllDirectives' },
  {
    title: 'G2: a compaction that drops a directive',
    parts: takesSummariesThat(/directive/),
    check: 'G2_summaryNamesWhatBinds',
  },
  {
    title: 'G2: a compaction that loses an open item of the plan',
    parts: takesSummariesThat(/plan|“/),
    check: 'G2_summaryNamesWhatBinds',
  },
  { title: 'S1: a decide that forgets a summary', parts: forgetsTheSummary, check: 'S1_summaryIsBoughtOnce' },
  { title: 'S1: a second answer for one step', parts: buysTwice, check: 'S1_oneAnswerPerStep' },
  {
    title: 'S1: a recovery that does not charge the cut call',
    parts: forgivesTheCutCall,
    check: 'S1_cutCallIsCharged',
  },
  { title: 'J4: a journal that skips damage', parts: skipsDamage, check: 'J4_damageStopsTheRun' },
  { title: 'J4: a check that overlooks sealed segments', parts: overlooksSealed, check: 'J4_damageStopsTheRun' },
  { title: 'J1: a snapshot that lies is believed', parts: believesLies, check: 'J1_foldOfTheJournalIsTheState' },
];

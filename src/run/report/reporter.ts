/**
 * Job: fold a run's entries into its report, entry by entry, in bounded size whatever the run's length.
 * Boundary: pure; mutable, with one owner that hands over each entry with the state after it. `report()` may be called at any time.
 * Rules: H4 a held-out figure waits until its gate opens, or until the look that asked for it is in the journal. B3 lists and curves
 *   are bounded; the counts beside them are not.
 */
import { wallUsedMs } from '../budget.ts';
import type { DebtCounts } from '../debt.ts';
import type { CaseIsolation, Entry, EntryType, SuiteName } from '../entry.ts';
import { flagName } from '../integrity.ts';
import { limits } from '../limits.ts';
import type { RunState } from '../state.ts';
import { statusOf } from '../status.ts';
import { CaseHistory } from './caseHistory.ts';
import { limitChange } from './limitChange.ts';
import type {
  CurvePoint,
  Place,
  Regression,
  ReportDirective,
  ReportFigure,
  ReportFinding,
  ReportGate,
  ReportRejection,
  ReportRollback,
  ReportRun,
  ReportStop,
  RunReport,
  LimitsChange,
  Look,
} from './report.ts';
import { Newest } from './newest.ts';
import { forecastOfRun, sampleIn, visibleIn, withLeft } from './reportFigures.ts';
import { SpendFold } from './spend.ts';
import { rateOf, thinned } from './thin.ts';

type Fold<K extends EntryType> = (entry: Entry<K>, after: RunState, before: RunState) => void;
type Folds = { readonly [K in EntryType]?: Fold<K> };

const pointsMost: Readonly<Record<SuiteName, number>> = {
  visible: limits.reportVisiblePoints,
  heldOut: limits.reportHeldOutPoints,
};

/** What a reporter has folded, as JSON can carry it; only a reporter of the same build can go on from it. */
export type RunReportFold = Readonly<Record<string, unknown>>;

export class Reporter {
  private before: RunState | null = null;
  private changedAt = 0;
  private readonly spend = new SpendFold();
  private readonly places = new Map<number, Place>();
  private readonly points: Record<SuiteName, CurvePoint[]> = { visible: [], heldOut: [] };
  private readonly verified: Record<SuiteName, number> = { visible: 0, heldOut: 0 };
  /** The highest checkpoint that has a point. */
  private readonly newest: Record<SuiteName, number> = { visible: -1, heldOut: -1 };
  private best: ReportFigure | null = null;
  private isolation: CaseIsolation | null = null;
  private shownHeldOut: ReportFigure | null = null;
  private heldOutAsOf: string | null = null;
  private debt: DebtCounts | null = null;
  /** A held-out figure that nobody was shown yet (H4). */
  private unseen: CurvePoint | null = null;
  /** The checkpoint whose look is journalled and whose figure follows it. */
  private lookedAt: number | null = null;
  private lastVisible: ReportFigure | null = null;
  private readonly gates = new Newest<ReportGate>();
  private readonly rollbacks = new Newest<ReportRollback>();
  /** The rollback in progress; null: none, or one of single files, which its rejection tells. */
  private rollback: Pick<ReportRollback, 'by' | 'undo' | 'reason' | 'paths' | 'isHunk'> | null = null;
  private readonly rejections = new Newest<ReportRejection>();
  private readonly regressions = new Newest<Regression>();
  private readonly directives = new Newest<ReportDirective>();
  private readonly stops = new Newest<ReportStop>();
  private readonly limitChanges = new Newest<LimitsChange>();
  private readonly looks = new Newest<Look>();
  private readonly findings = new Newest<ReportFinding>();
  private gatesMs = 0;
  private stoppedMs = 0;

  kept(): RunReportFold {
    const { places, folds: _, before: __, ...rest } = this;
    return { ...rest, places: [...places] };
  }

  /** Goes on from what another one has kept. @param state as it stood then */
  static goingOn({ places, ...rest }: RunReportFold, state: RunState): Reporter {
    const reporter = new Reporter();
    const own = reporter as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(rest)) {
      const part = own[name];
      if (part instanceof Newest || part instanceof SpendFold) Object.assign(part, value);
      else own[name] = value;
    }
    for (const [checkpoint, place] of places as Iterable<[number, Place]>) reporter.places.set(checkpoint, place);
    reporter.before = state;
    return reporter;
  }

  /** The seq of the last entry that changed the report. */
  get seq(): number {
    return this.changedAt;
  }

  /** Takes the next entry, with the state that it led to. */
  follow(entry: Entry, after: RunState): void {
    const before = this.before ?? after;
    this.before = after;
    if (quiet.has(entry.type)) return;
    this.changedAt = entry.seq;
    (this.folds[entry.type] as Fold<EntryType> | undefined)?.(entry, after, before);
    if (this.debt?.checkpoint !== this.shownHeldOut?.checkpoint) this.debt = null;
    if (after.debt !== null && after.debt.checkpoint === this.shownHeldOut?.checkpoint) this.debt = after.debt;
  }

  /** @param history of the cases, whose verdicts stand beside the journal */
  report(state: RunState, history = new CaseHistory()): RunReport {
    const last = state.gate === null ? null : state.gate.openedAt;
    const { word, detail } = statusOf(state, state.ended === null ? 'attached' : 'readOnly');
    return {
      seq: this.changedAt,
      at: state.at,
      run: runOf(state),
      standing: { word, detail, ended: state.ended !== null },
      steps: state.stepsFinished,
      openGate: state.gate?.gate ?? null,
      figures: { visible: visibleIn(state), heldOut: this.shownHeldOut && withLeft(this.shownHeldOut, state) },
      sample: sampleIn(state),
      heldOutAsOf: this.heldOutAsOf,
      heldOutLooks: state.heldOutLooks,
      debt: this.debt,
      integrity: state.integrity.last,
      findings: this.findings.listed(),
      best: this.best,
      isolation: this.isolation,
      cases: history.report((checkpoint) => state.checkpoints.get(checkpoint)?.step ?? null),
      curves: { visible: this.curve('visible'), heldOut: this.curve('heldOut') },
      gates: this.gates.listed(),
      rollbacks: this.rollbacks.listed(),
      rejections: this.rejections.listed(),
      regressions: this.regressions.listed(),
      directives: this.directives.listed(),
      stops: this.stops.listed(),
      limitChanges: this.limitChanges.listed(),
      looks: this.looks.listed(),
      spend: this.spend.spend(state),
      forecast: forecastOfRun(state),
      time: {
        runningMs: wallUsedMs(state.budget, state.at),
        gatesMs: this.gatesMs + (last === null ? 0 : state.at - last),
        stoppedMs: this.stoppedMs + (state.paused === null ? 0 : Math.max(0, state.at - state.paused.since)),
      },
      checkpoints: {
        total: state.checkpoints.length,
        supervisor: state.checkpoints.filter((c) => c.kind === 'supervisor').length,
        rollbacks: this.rollbacks.total,
        accepted: state.accepted,
        head: state.head,
      },
    };
  }

  private readonly folds: Folds = {
    'engine.started': ({ generation, at }, after, before) => {
      if (generation <= 1) return;
      const since = before.at;
      // A pause that goes on, or a gate, counts its time itself.
      if (before.paused === null && before.gate === null) this.stoppedMs += Math.max(0, at - since);
      const message = `The engine was away and started again (generation ${String(generation)})`;
      this.stop(after, since, { kind: 'restart', message, until: at });
    },
    'run.paused': ({ reason, message, by, at }, after) => {
      this.stop(after, at, { kind: 'pause', reason, message, ...(by !== undefined && { by }) });
    },
    'run.resumed': ({ by, at }, _after, before) => {
      if (before.paused !== null) this.stoppedMs += Math.max(0, at - before.paused.since);
      const open = (stop: ReportStop) => stop.kind === 'pause' && stop.until === null;
      this.stops.change(open, (stop) => ({ ...stop, until: at, resumedBy: by ?? null }));
    },
    'stop.requested': ({ by, at }, after) => {
      this.stop(after, at, { kind: 'stop', message: 'Stop asked for', by });
    },
    'run.ended': ({ message, at }, after) => {
      this.stop(after, at, { kind: 'end', message });
    },

    'model.requested': ({ step, directives }) => {
      for (const number of directives) {
        this.directives.change(
          ({ directive }) => directive === number,
          (d) => ({ ...d, steps: under(d.steps, step) }),
        );
      }
    },
    'model.answered': (entry, after) => {
      this.spend.answered(entry, after);
    },
    'model.failed': (entry, after) => {
      this.spend.failed(entry, after);
    },
    'summary.answered': (entry, after) => {
      this.spend.answered(entry, after);
    },
    'summary.failed': (entry, after) => {
      this.spend.failed(entry, after);
    },

    'checkpoint.created': ({ checkpoint, at }, after) => {
      this.places.set(checkpoint, placeIn(after, at));
      // Verification lags by a few checkpoints, not by thousands.
      if (this.places.size > limits.reportPlaces) this.places.delete(this.places.keys().next().value ?? 0);
    },
    'rollback.started': ({ by, undo, paths, part, reason }) => {
      const why = reason === undefined ? {} : { reason: cutAt(reason, limits.reportTextChars) };
      const of = { ...(paths && { paths }), ...(part === 'hunk' && { isHunk: true }) };
      this.rollback = paths === undefined || part !== undefined ? { by, undo, ...why, ...of } : null;
      if (!undo || paths === undefined || part !== undefined) return;
      this.rejections.change(
        ({ path }) => paths.includes(path),
        (rejection) => ({ ...rejection, takenBack: true }),
      );
    },
    'rollback.finished': ({ to, written, deleted, kept, conflicts, at }, after) => {
      if (this.rollback === null) return;
      const done = { to, written, deleted, kept, conflicts: conflicts.length };
      this.rollbacks.add({ ...placeIn(after, at), ...this.rollback, ...done });
    },

    'file.rejected': ({ path, reason, directive, by, at }, after) => {
      const why = cutAt(reason, limits.reportTextChars);
      this.rejections.add({ ...placeIn(after, at), path, reason: why, directive, by, takenBack: false });
    },

    'verification.finished': (entry, after) => {
      this.verification(entry, after);
    },
    'integrity.checked': ({ checkpoint, flags, at }, after) => {
      const found = new Map(flags.map((flag) => [flagName(flag), flag]));
      for (const { flag } of this.findings.items.filter(({ goneAt }) => goneAt === null)) {
        const still = found.get(flagName(flag));
        found.delete(flagName(flag));
        this.findings.change(
          (one) => one.flag === flag,
          (one) => (still === undefined ? { ...one, goneAt: checkpoint } : { ...one, flag: still }),
        );
      }
      const place = this.places.get(checkpoint) ?? { ...placeIn(after, at), checkpoint };
      for (const flag of found.values()) this.findings.add({ ...place, flag, goneAt: null });
    },
    'heldOut.viewed': ({ checkpoint, by, rate, at }, after) => {
      this.looks.add({ ...placeIn(after, at), checkpoint, by, rate });
      this.lookedAt = checkpoint;
      if (this.unseen?.checkpoint === checkpoint) this.show(this.unseen, 'a look');
    },

    'gate.opened': ({ gate, checkpoint, reasons, at }, after) => {
      const place = { ...placeIn(after, at), checkpoint };
      this.gates.add({ ...place, gate, reasons, accepted: after.accepted, decided: null });
      if (this.unseen !== null) this.show(this.unseen, `gate ${String(gate)}`);
      else if (this.shownHeldOut !== null) this.heldOutAsOf = `gate ${String(gate)}`;
    },
    'gate.decided': ({ gate, decision, by, at, shown, to }, _after, before) => {
      if (before.gate !== null) this.gatesMs += Math.max(0, at - before.gate.openedAt);
      const decided = { decision, by, at, shown, ...(to !== undefined && { to }) };
      this.gates.change(
        (g) => g.gate === gate,
        (g) => ({ ...g, decided }),
      );
    },
    'directive.added': ({ directive, text, by, at }, after) => {
      const cut = cutAt(text, limits.reportTextChars);
      this.directives.add({ ...placeIn(after, at), directive, text: cut, by, steps: null, withdrawn: null });
    },
    'directive.withdrawn': ({ directive, by, at }) => {
      this.directives.change(
        (d) => d.directive === directive,
        (d) => ({ ...d, withdrawn: { by, at } }),
      );
    },
    'budget.changed': ({ limits: to, by, at }, after, before) => {
      this.limitChanges.add({ ...placeIn(after, at), text: limitChange(before.budget.limits, to), by });
    },
  };

  private stop(
    after: RunState,
    at: number,
    what: Pick<ReportStop, 'kind' | 'message'> & Partial<Pick<ReportStop, 'reason' | 'by' | 'until'>>,
  ): void {
    const message = cutAt(what.message, limits.reportTextChars);
    this.stops.add({ reason: null, by: null, until: null, resumedBy: null, ...placeIn(after, at), ...what, message });
  }

  private verification(entry: Entry<'verification.finished'>, after: RunState): void {
    const { checkpoint, suite, counts, total, build } = entry;
    this.isolation = entry.isolation ?? this.isolation;
    const place = this.places.get(checkpoint) ?? placeIn(after, entry.at);
    const point: CurvePoint = { ...place, checkpoint, pass: counts.pass, total, buildOk: build.ok };
    if (suite === 'heldOut') {
      if (this.lookedAt === checkpoint) this.show(point, 'a look');
      else this.unseen = point;
      this.lookedAt = null;
      return;
    }
    const before = this.lastVisible;
    this.lastVisible = { checkpoint, pass: counts.pass, total };
    if (this.best === null || rateOf(point) >= rateOf(this.best)) this.best = this.lastVisible;
    if (entry.regressed > 0 && before !== null) {
      const { pass } = counts;
      this.regressions.add({ ...place, checkpoint, cases: entry.regressed, before, after: { pass, total } });
    }
    this.add('visible', point);
  }

  private show(point: CurvePoint, asOf: string): void {
    const { checkpoint, pass, total } = point;
    this.shownHeldOut = { checkpoint, pass, total };
    this.heldOutAsOf = asOf;
    this.unseen = null;
    this.add('heldOut', point);
  }

  private add(suite: SuiteName, point: CurvePoint): void {
    this.verified[suite] += 1;
    const points = this.points[suite];
    // A checkpoint that is verified again has one point, its newest; most are verified once, in their order.
    const isNew = point.checkpoint > this.newest[suite];
    this.newest[suite] = Math.max(this.newest[suite], point.checkpoint);
    const same = isNew ? -1 : points.findLastIndex(({ checkpoint }) => checkpoint === point.checkpoint);
    if (same < 0) points.push(point);
    else points[same] = point;
    if (points.length > 2 * pointsMost[suite])
      this.points[suite] = [...thinned(points, pointsMost[suite], this.pinned())];
  }

  private curve(suite: SuiteName): { points: readonly CurvePoint[]; total: number } {
    const points = thinned(this.points[suite], pointsMost[suite], this.pinned());
    return { points, total: this.verified[suite] };
  }

  /** Checkpoints that a reader looks for: of gates, where rollbacks led, and the deepest falls. */
  private pinned(): readonly number[] {
    const fell = (r: Regression) => rateOf(r.before) - rateOf(r.after);
    const deepest = [...this.regressions.items].sort((a, b) => fell(b) - fell(a));
    return [
      ...this.gates.items.map(({ checkpoint }) => checkpoint),
      ...this.rollbacks.items.map(({ to }) => to),
      ...deepest.map(({ checkpoint }) => checkpoint),
    ];
  }
}

/** What changes nothing that the report tells; steps and spend come with the answer. */
const quiet: ReadonlySet<EntryType> = new Set([
  'tool.started',
  'tool.finished',
  'step.started',
  'verification.started',
]);

function placeIn(state: RunState, at: number): Place {
  return { step: state.stepsStarted, costUsd: state.budget.spentUsd, at, checkpoint: state.head ?? 0 };
}

function under(steps: ReportDirective['steps'], step: number): NonNullable<ReportDirective['steps']> {
  if (steps === null) return { first: step, last: step, count: 1 };
  return { ...steps, last: step, count: steps.count + (steps.last === step ? 0 : 1) };
}

function runOf({ run }: RunState): ReportRun | null {
  if (run === null) return null;
  const { runId, workspace, supervisor, forkedFrom, createdAt, seal, provenance, task } = run;
  const { provider, name, priceFrom } = task.model;
  return {
    runId,
    name: task.name,
    language: task.language,
    workspace,
    model: { provider, name, priceFrom },
    supervisor,
    ...(forkedFrom && { forkedFrom }),
    createdAt,
    belay: provenance.belay,
    hasHeldOut: task.hasHeldOut,
    seal,
  };
}

function cutAt(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;
}

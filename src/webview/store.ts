/**
 * Job: what the webview knows: the run folded by the run's own reducer, and beside it what is not a fact of the run
 *   (fragments, a plan to confirm, a notice, which request waits for its entry).
 * Boundary: no DOM. Holds no truth of its own: a gap in seq is not mended here but asked for again.
 * Rules: J1 an entry is folded only when its seq is the next one. Never optimistic: a gesture shows when its entry comes.
 */
import { Emitter } from '../base/emitter.ts';
import type { RecordedActs, RollbackPlan } from '../protocol/messages.ts';
import type { Connection, HostMessage, IntentName, WebviewMessage } from '../protocol/webview.ts';
import { stateOfJson } from '../protocol/snapshot.ts';
import type { Entry } from '../run/entry.ts';
import type { AwayNews } from '../run/away.ts';
import { initialState, reduce } from '../run/reduce.ts';
import type { RunState, StepSummary } from '../run/state.ts';
import { stepAskedByHand } from '../run/status.ts';
import { LiveText } from './live.ts';
import { PagedSteps } from './pagedSteps.ts';

/** Rows of older steps that the page holds at most (B3). */
const rowsAtMost = 2_000;

export interface Notice {
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
}

export interface Review {
  readonly filesChanged: number;
  readonly unread: number | null;
}

/** What a redirect on its way looks like: its text is given back when it is refused. */
export interface PendingRedirect {
  readonly text: string;
  /** The directives that existed when it was sent; one more means that it arrived. */
  readonly directives: number;
}

/** What is waited for: its fact comes as an entry. */
const decisions: readonly IntentName[] = [
  'accept',
  'redirect',
  'rollBackConfirm',
  'rollBackAsk',
  'undoRollback',
  'doAsRecorded',
  'answer',
];

/** What was said of a gesture is old news once the run has gone on from there. */
const movesOn: ReadonlySet<Entry['type']> = new Set([
  'gate.opened',
  'gate.decided',
  'rollback.finished',
  'files.accepted',
  'run.resumed',
  'run.ended',
]);

export class RunStore {
  state: RunState = initialState;
  connection: Connection = { kind: 'starting', since: 0 };
  /** Whether the host has said anything yet. */
  known = false;
  plan: RollbackPlan | null = null;
  /** Why the planned rollback, as typed so far; also where its plan is made anew. */
  rollbackReason = '';
  review: Review | null = null;
  notice: Notice | null = null;
  /** How many times as quick as it was made a recording plays. */
  paceFactor = 1;
  /** What was recorded at the open gate. */
  recordedHere: RecordedActs | null = null;
  /** What the run did while nobody looked. */
  away: AwayNews | null = null;
  /** A gesture that was posted and whose entry has not come; its buttons wait. */
  pending: IntentName | null = null;
  pendingRedirect: PendingRedirect | null = null;
  /** A redirect that was refused, for the box to take back. */
  refusedText: string | null = null;
  /** What a file with an answer holds, for the box to take. */
  answerFile: string | null = null;
  readonly live = new LiveText();
  /** Steps before `state.steps`, as far as they were asked for. */
  private readonly older = new PagedSteps(rowsAtMost);
  /** The step that a link leads to, until its row is there. */
  revealStep: number | null = null;
  /** True while a page of older steps is on its way. */
  paging = false;
  /** No page came of the last question: the next one waits for a gesture. */
  private pagingFailed = false;
  /** Fires after a message was applied; `fragment` when only the step in progress can look different, `entry` where many may come. */
  readonly changed = new Emitter<'all' | 'entry' | 'fragment'>();

  private skewMs = 0;
  /** What the pending gesture found; a state that shows otherwise holds its fact. */
  private found: { readonly gate: number | null; readonly rollbacks: number; readonly asked: number | null } = {
    gate: null,
    rollbacks: 0,
    asked: null,
  };
  private readonly postOut: (message: WebviewMessage) => void;
  private readonly clock: () => number;

  constructor(post: (message: WebviewMessage) => void, clock: () => number) {
    this.postOut = post;
    this.clock = clock;
  }

  /** The host's time, which the journal's `at` is close to. */
  now(): number {
    return this.clock() - this.skewMs;
  }

  post(message: WebviewMessage): void {
    if (decisions.includes(message.type)) {
      this.pending = message.type;
      this.found = {
        gate: this.state.gate?.gate ?? null,
        rollbacks: rollbacksIn(this.state),
        asked: stepAskedByHand(this.state),
      };
      this.notice = null;
    }
    if (message.type === 'redirect') {
      this.pendingRedirect = { text: message.text, directives: this.state.directives.length };
    }
    this.postOut(message);
    this.changed.fire('all');
  }

  /** Asks for the page that ends with this step, one at a time. False while one is on its way, or after one did not come. */
  askFor(step: number): boolean {
    if (this.paging || this.pagingFailed) return false;
    this.paging = true;
    this.postOut({ type: 'olderSteps', before: step + 1 });
    return true;
  }

  /** After a gesture a page that did not come may be asked for again. */
  mayAskAgain(): void {
    this.pagingFailed = false;
  }

  get lastStep(): number {
    return this.state.steps.at(-1)?.step ?? 0;
  }

  stepAt(number: number): StepSummary | null | undefined {
    const { steps } = this.state;
    const first = steps[0]?.step;
    if (first === undefined || number > this.lastStep) return null;
    if (number < first) return this.older.get(number);
    let index = Math.min(steps.length - 1, number - first);
    while (index > 0 && (steps[index]?.step ?? 0) > number) index -= 1;
    const found = steps[index];
    return found?.step === number ? found : null;
  }

  /** Says something of the page's own, such as about a dropped file. */
  say(notice: Notice): void {
    this.notice = notice;
    this.changed.fire('all');
  }

  dismissNotice(): void {
    this.notice = null;
    this.changed.fire('all');
  }

  apply(message: HostMessage): void {
    this.change(message);
    if (message.type === 'entry') this.changed.fire('entry');
    else this.changed.fire(message.type === 'delta' && message.delta.kind !== 'verification' ? 'fragment' : 'all');
  }

  private change(message: HostMessage): void {
    switch (message.type) {
      case 'state':
        this.takeState(message);
        return;
      case 'connection':
        this.connection = message.connection;
        if (message.connection.kind !== 'attached') this.giveBack();
        return;
      case 'entry':
        this.fold(message.entry);
        return;
      case 'delta':
        this.live.apply(message.delta);
        return;
      case 'rollbackPlan':
        this.plan = message.plan;
        if (message.plan !== null) this.notice = null;
        if (message.plan === null) this.rollbackReason = '';
        if (this.pending === 'rollBackAsk' || this.pending === 'rollBackConfirm') this.pending = null;
        return;
      case 'steps':
        this.takeOlder(message);
        return;
      case 'review':
        this.review = { filesChanged: message.filesChanged, unread: message.unread };
        return;
      case 'pace':
        this.paceFactor = message.factor;
        return;
      case 'recordedHere':
        this.recordedHere = message.acts;
        return;
      case 'reveal':
        this.revealStep = message.step;
        return;
      case 'answerFile':
        this.answerFile = message.text;
        this.notice = null;
        return;
      case 'away':
        this.away = message.news;
        return;
      case 'notice':
        this.notice = { severity: message.severity, text: message.text };
        if (message.intent === 'olderSteps') {
          this.paging = false;
          this.pagingFailed = true;
        }
        if (message.intent !== undefined && message.intent === this.pending) this.giveBack();
        return;
    }
  }

  private takeState({ state, connection, now }: HostMessage<'state'>): void {
    const sameRun = state.run !== null && state.run.runId === this.state.run?.runId;
    if (!sameRun) {
      this.older.clear();
      this.plan = null;
      this.notice = null;
      this.away = null;
      this.giveBack();
    }
    this.skewMs = this.clock() - now;
    this.known = true;
    this.paging = false;
    this.pagingFailed = false;
    this.state = stateOfJson(state);
    this.connection = connection;
    this.live.reset(state.step?.step ?? null);
    this.live.signs = null;
    this.settle();
  }

  private fold(entry: Entry): void {
    if (entry.seq <= this.state.seq) return; // came twice, with a snapshot and with the stream
    if (entry.seq !== this.state.seq + 1) {
      this.postOut({ type: 'ready' });
      return;
    }
    const before = this.state.steps[0];
    this.state = reduce(this.state, entry);
    // What leaves the folded state's window stays a row of this page.
    if (before !== undefined && before.step !== this.state.steps[0]?.step) this.older.put(before.step, before);
    this.live.entryCame(entry);
    if (entry.type === 'rollback.started' || entry.type === 'gate.decided') this.plan = null;
    if (movesOn.has(entry.type)) this.notice = null;
    this.settle(entry);
  }

  /** Ends the wait of a gesture whose fact has come. */
  private settle(entry?: Entry): void {
    if (this.pendingRedirect !== null && this.state.directives.length > this.pendingRedirect.directives) {
      this.pendingRedirect = null;
      if (this.pending === 'redirect') this.pending = null;
    }
    const decides = this.pending === 'accept' || this.pending === 'doAsRecorded';
    if (decides && (this.state.gate?.gate ?? null) !== this.found.gate) this.pending = null;
    if (this.pending === 'answer' && stepAskedByHand(this.state) !== this.found.asked) this.pending = null;
    if (entry?.type === 'rollback.finished') this.pending = null;
    // A snapshot may hold the end of the rollback that is waited for; one that is queued or under way is waited for still.
    const isRollback = this.pending === 'rollBackConfirm' || this.pending === 'undoRollback';
    if (isRollback && this.state.rollback === null && rollbacksIn(this.state) > this.found.rollbacks) {
      this.pending = null;
      this.plan = null;
    }
  }

  /** The gesture came to nothing: its buttons and its words are the supervisor's again. */
  private giveBack(): void {
    if (this.pendingRedirect !== null) this.refusedText = this.pendingRedirect.text;
    this.pendingRedirect = null;
    this.pending = null;
  }

  private takeOlder({ before, steps }: HostMessage<'steps'>): void {
    if (!this.paging) return; // the answer to a question of an earlier life of this page
    this.paging = false;
    this.older.take(before, steps);
  }
}

function rollbacksIn({ checkpoints }: RunState): number {
  return checkpoints.filter(({ kind }) => kind === 'rollback' || kind === 'reject').length;
}

/**
 * Job: the log: a row a step and between them what came between; follows its tail until the supervisor scrolls up.
 * Boundary: which rows there are is rows.ts's, whether it follows is followTail.ts's; this measures and scrolls.
 * Rows outside the window cost no layout (`content-visibility`), so thousands of them need no windowing of our own.
 */
import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatCount } from '../../run/forDisplay.ts';
import { icon } from '../components/icon.ts';
import { FollowTail, type ScrollMeasure } from '../followTail.ts';
import { rowMove } from '../keyboard.ts';
import type { Row } from '../rows.ts';
import type { RunStore } from '../store.ts';
import { happeningRow } from './happeningRow.ts';
import './liveStep.ts';
import './stepRow.ts';
import type { StepRow } from './stepRow.ts';

/** Asking for older steps starts this close to the first row. */
const nearTopPx = 120;

export class LogView extends LitElement {
  static override properties = {
    rows: { attribute: false },
    store: { attribute: false },
    seq: { attribute: false },
    outer: { attribute: false },
    held: { attribute: false },
    timeOfDay: { attribute: false },
    currentKey: { state: true },
  };

  declare rows: readonly Row[];
  declare store: RunStore;
  /** The last entry folded: the log draws again when it grows. */
  declare seq: number;
  /** What scrolls instead of the log where the view is too low for two scroll areas; null: the log itself. */
  declare outer: HTMLElement | null;
  /** Whether something above waits for the supervisor and must not be scrolled away. */
  declare held: boolean;
  declare timeOfDay: (at: number) => string;
  /** The row that Tab reaches. */
  declare private currentKey: string | null;
  private readonly tail = new FollowTail();
  private readonly resized = new ResizeObserver(() => {
    this.stayAtEnd();
  });
  private keepFromEnd: number | null = null;
  private runId: string | undefined;

  constructor() {
    super();
    this.rows = [];
    this.seq = 0;
    this.outer = null;
    this.held = false;
    this.timeOfDay = String;
    this.currentKey = null;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
  }

  protected override firstUpdated(): void {
    const content = this.querySelector('.rows');
    if (content !== null) this.resized.observe(content);
    this.resized.observe(this);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const runId = this.store.state.run?.runId;
    if (runId !== this.runId) this.tail.follow(); // where one had scrolled to in another run says nothing
    this.runId = runId;
    const before = changed.get('rows');
    if (before === undefined || before.length === 0) return;
    const lastKey = before.at(-1)?.key;
    const index = this.rows.findLastIndex((row) => row.key === lastKey);
    if (index >= 0) this.tail.appended(this.rows.length - 1 - index);
    // Older rows came in above: what is in the window shall stay there.
    const scroller = this.scroller();
    const olderCame = before[0]?.key !== this.rows[0]?.key && !this.tail.following;
    this.keepFromEnd = olderCame && scroller !== null ? scroller.scrollHeight - scroller.scrollTop : null;
  }

  protected override updated(): void {
    const scroller = this.scroller();
    if (this.keepFromEnd !== null && scroller !== null) scroller.scrollTop = scroller.scrollHeight - this.keepFromEnd;
    this.keepFromEnd = null;
    this.stayAtEnd();
    this.reveal();
  }

  /** Goes to the step that a link named; pages older ones in until its row is there or none is left. */
  private reveal(): void {
    const { revealStep } = this.store;
    if (revealStep === null || this.store.paging) return;
    const row = this.stepElements().find(({ step }) => step.step === revealStep);
    if (row === undefined && revealStep < (this.store.steps()[0]?.step ?? 0) && this.store.pageOlder()) return;
    this.store.revealStep = null;
    if (row === undefined) return;
    this.tail.following = false;
    row.expanded = true;
    void row.updateComplete.then(() => {
      row.scrollIntoView({ block: 'start' });
      row.focusHead();
    });
  }

  protected override render(): TemplateResult {
    const { state } = this.store;
    const since = state.step?.seq ?? Infinity;
    const live = this.rows.findLastIndex((row) => row.seq < since) + 1;
    const stepRows = this.rows.filter((row) => row.kind === 'step');
    const current = stepRows.some((row) => row.key === this.currentKey) ? this.currentKey : stepRows.at(-1)?.key;
    return html`<div
        class="log"
        role="log"
        aria-live="off"
        aria-label="Steps"
        tabindex=${stepRows.length === 0 ? 0 : nothing}
        @scroll=${() => {
          this.scrolled();
        }}
        @keydown=${(event: KeyboardEvent) => {
          this.key(event);
        }}
        @focusin=${(event: FocusEvent) => {
          this.focused(event);
        }}
      >
        <div class="rows">
          ${this.store.paging ? html`<p class="dim note">Earlier steps…</p>` : nothing}
          ${this.drawn(this.rows.slice(0, live), current)}
          ${state.step === null ? nothing : html`<belay-live-step .store=${this.store} .step=${state.step}></belay-live-step>`}
          ${this.drawn(this.rows.slice(live), current)}
          ${this.rows.length === 0 && state.step === null ? html`<p class="dim note">Each step of the run appears here.</p>` : nothing}
        </div>
      </div>
      ${this.followButton()}`;
  }

  private drawn(rows: readonly Row[], current: string | null | undefined): unknown {
    return repeat(
      rows,
      (row) => row.key,
      (row) => this.row(row, current === row.key),
    );
  }

  private row(row: Row, current: boolean): TemplateResult {
    if (row.kind === 'happening') return happeningRow(row.happening, this.store, this.timeOfDay);
    return html`<belay-step
      data-key=${row.key}
      .store=${this.store}
      .step=${row.step}
      .head=${this.store.state.head}
      .thinned=${this.store.state.checkpoints[row.step.checkpoint]?.thinned === true}
      .model=${this.store.state.run?.task.model.name}
      .current=${current}
    ></belay-step>`;
  }

  private followButton(): TemplateResult | typeof nothing {
    if (this.tail.following || this.held) return nothing;
    const unseen = this.tail.unseen === 0 ? '' : ` · ${formatCount(this.tail.unseen)} new`;
    return html`<button
      class="follow"
      title="Go to the newest step and follow it"
      @click=${() => {
        this.follow();
      }}
    >
      ${icon('down')}Follow${unseen}
    </button>`;
  }

  private follow(): void {
    this.tail.follow();
    this.stayAtEnd();
    this.requestUpdate();
  }

  private scroller(): HTMLElement | null {
    return this.outer ?? this.querySelector<HTMLElement>('.log');
  }

  private stayAtEnd(): void {
    const scroller = this.scroller();
    if (scroller === null || this.held) return;
    if (this.tail.following) scroller.scrollTop = scroller.scrollHeight;
    this.tail.placed(measureOf(scroller));
  }

  /** After the scroll area, this or the outer one, has scrolled. */
  scrolled(): void {
    const scroller = this.scroller();
    if (scroller === null || this.held) return;
    const before = this.tail.following;
    this.tail.scrolled(measureOf(scroller));
    const above = this.outer === null ? 0 : this.offsetTop;
    const asked = scroller.scrollTop - above < nearTopPx && !this.tail.following && this.store.pageOlder();
    if (asked || before !== this.tail.following) this.requestUpdate();
  }

  private stepElements(): readonly StepRow[] {
    return [...this.querySelectorAll<StepRow>('belay-step')];
  }

  private focused(event: FocusEvent): void {
    const row = event.target instanceof Element ? event.target.closest<StepRow>('belay-step') : null;
    if (row !== null) this.currentKey = row.dataset['key'] ?? null;
  }

  private key(event: KeyboardEvent): void {
    const head = event.target instanceof Element ? event.target.closest('.step-head') : null;
    const row = head?.closest<StepRow>('belay-step');
    if (row === null || row === undefined) return;
    const rows = this.stepElements();
    const move = rowMove(event, rows.indexOf(row), rows.length, row.expanded);
    if (move === null) return;
    event.preventDefault();
    if (typeof move === 'object') rows[move.to]?.focusHead();
    else row.expanded = move === 'expand';
    if (typeof move === 'object' && move.to === rows.length - 1 && event.key === 'End') this.follow();
  }
}

function measureOf({ scrollTop, scrollHeight, clientHeight }: HTMLElement): ScrollMeasure {
  return { top: scrollTop, content: scrollHeight, window: clientHeight };
}

customElements.define('belay-log', LogView);

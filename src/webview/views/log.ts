/**
 * Job: the log: a row a step, the step in progress at its end; follows its tail until the supervisor scrolls up.
 * Boundary: which rows there are is rows.ts's, whether it follows is followTail.ts's; this measures and scrolls.
 * Rows outside the window cost no layout (`content-visibility`), so thousands of them need no windowing of our own.
 */
import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatCount } from '../../run/forDisplay.ts';
import type { CheckpointSummary } from '../../run/state.ts';
import { icon } from '../components/icon.ts';
import { FollowTail } from '../followTail.ts';
import { rowMove } from '../keyboard.ts';
import type { Row } from '../rows.ts';
import type { RunStore } from '../store.ts';
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
    currentKey: { state: true },
  };

  declare rows: readonly Row[];
  declare store: RunStore;
  /** The last entry folded: the log draws again when it grows. */
  declare seq: number;
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
    const window = this.scroller();
    if (window !== null) this.resized.observe(window);
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
  }

  protected override render(): TemplateResult {
    const { state } = this.store;
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
          ${repeat(
            this.rows,
            (row) => row.key,
            (row) => this.row(row, current === row.key),
          )}
          ${state.step === null ? nothing : html`<belay-live-step .store=${this.store} .step=${state.step}></belay-live-step>`}
          ${this.rows.length === 0 && state.step === null ? html`<p class="dim note">Each step of the run appears here.</p>` : nothing}
        </div>
      </div>
      ${this.followButton()}`;
  }

  private row(row: Row, current: boolean): TemplateResult {
    if (row.kind === 'note') return html`<p class="note">${noteText(row.checkpoint)}</p>`;
    return html`<belay-step
      data-key=${row.key}
      .store=${this.store}
      .step=${row.step}
      .head=${this.store.state.head}
      .current=${current}
    ></belay-step>`;
  }

  private followButton(): TemplateResult | typeof nothing {
    if (this.tail.following) return nothing;
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
    return this.querySelector<HTMLElement>('.log');
  }

  private stayAtEnd(): void {
    const scroller = this.scroller();
    if (this.tail.following && scroller !== null) scroller.scrollTop = scroller.scrollHeight;
  }

  private scrolled(): void {
    const scroller = this.scroller();
    if (scroller === null) return;
    const before = this.tail.following;
    this.tail.scrolled({ top: scroller.scrollTop, content: scroller.scrollHeight, window: scroller.clientHeight });
    const asked = scroller.scrollTop < nearTopPx && !this.tail.following && this.store.pageOlder();
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

function noteText({ kind, title }: CheckpointSummary): TemplateResult {
  return html`${icon(kind === 'supervisor' ? 'person' : 'done')}<span>${title}</span>`;
}

customElements.define('belay-log', LogView);

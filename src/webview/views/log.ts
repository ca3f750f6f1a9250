/**
 * Job: the log: a row a step and between them what came between; follows its tail until the supervisor scrolls up.
 * Boundary: what is in a slot is slots.ts's, how high slots are heights.ts's, whether it follows is followTail.ts's; this draws
 *   what is near the window onto the log, measures and scrolls.
 * Rules: B3 whatever the run's length, only the slots near the window are drawn, and only they are asked for.
 */
import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { formatCount } from '../../run/forDisplay.ts';
import { icon } from '../components/icon.ts';
import { FollowTail, measureOf } from '../followTail.ts';
import { Heights, rowPx } from '../heights.ts';
import { rowMove } from '../keyboard.ts';
import { expandedKept, type LogPlace } from '../logPlace.ts';
import type { Page } from '../page.ts';
import { SlotList } from '../slotList.ts';
import { between, happeningsAt } from '../slots.ts';
import type { RunStore } from '../store.ts';
import { logEnd } from './logEnd.ts';
import { slotRow } from './slotRow.ts';
import type { StepRow } from './stepRow.ts';

/** Drawn beyond the window onto the log on both sides. */
const marginPx = 130;
/** Before anything was measured. */
const windowPxAtFirst = 1_000;

export class LogView extends LitElement {
  static override properties = {
    page: { attribute: false },
    seq: { attribute: false },
    outer: { attribute: false },
    held: { attribute: false },
    currentStep: { state: true },
  };

  declare page: Page;
  /** The last entry folded: the log draws again when it grows. */
  declare seq: number;
  /** What scrolls instead of the log where the view is too low for two scroll areas; null: the log itself. */
  declare outer: HTMLElement | null;
  /** Whether something above waits for the supervisor and must not be scrolled away. */
  declare held: boolean;
  /** The step whose row Tab reaches. */
  declare private currentStep: number | null;
  private readonly tail = new FollowTail();
  private readonly heights = new Heights(rowPx);
  private readonly slots = new SlotList();
  /** Rows draw themselves after the log has: then they are as high as they are. */
  private readonly resized = new ResizeObserver(() => {
    this.measure();
    this.goToPlace();
    this.stayAtEnd();
    this.reveal();
  });
  /** Of the rows, as they were measured last: where the window onto them begins, and its height. */
  private sight = { top: 0, window: windowPxAtFirst };
  private drawn = { first: 0, last: 0, end: true };
  /** Height of what stands below the slots, as it was drawn last. */
  private endPx = 0;
  private expanded = new Set<number>();
  private runId: string | undefined;
  /** What was told of to be unseen: the newest step and happening. */
  private told = { step: 0, happening: 0 };
  /** Where the page before this one stood, until that is in sight. */
  private place: LogPlace | null = null;
  /** The step whose row is to be focused once it is drawn. */
  private toFocus: number | null = null;

  constructor() {
    super();
    this.seq = 0;
    this.outer = null;
    this.held = false;
    this.currentStep = null;
  }

  private get store(): RunStore {
    return this.page.store;
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
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const { state, lastStep } = this.store;
    if (state.run?.runId !== this.runId) this.begin(state.run?.runId);
    this.heights.resize(lastStep + 1);
    if (this.heights.length > 0 && this.drawn.last === 0) this.heights.set(0, 0);
    const fresh = state.happenings.filter(({ seq }) => seq > this.told.happening).length;
    this.tail.appended(Math.max(0, lastStep - this.told.step) + fresh);
    this.told = { step: lastStep, happening: state.happenings.at(-1)?.seq ?? 0 };
    this.drawn = this.inSight();
    this.askForMissing();
  }

  /** Where one had scrolled to in another run says nothing; in this one a page before this may have stood elsewhere. */
  private begin(runId: string | undefined): void {
    const place = this.page.logPlace.read();
    const isOurs = place?.run === runId;
    this.runId = runId;
    this.heights.clear();
    this.tail.follow();
    this.expanded = new Set(isOurs ? place?.expanded : []);
    this.told = { step: this.store.lastStep, happening: this.store.state.happenings.at(-1)?.seq ?? 0 };
    this.place = isOurs && place !== null && place.top !== null ? place : null;
    if (this.place !== null) this.tail.following = false;
  }

  /** The slots near the window onto the log. */
  private inSight(): LogView['drawn'] {
    const { heights, place } = this;
    const window = this.sight.window;
    const end = Math.max(0, heights.length - 1);
    if (this.tail.following) {
      const top = heights.total + this.endPx - window;
      return { first: heights.at(top - marginPx), last: end, end: true };
    }
    const top = place?.top ? heights.offset(place.top.step) + place.top.px : this.sight.top;
    const to = top + window + marginPx;
    return { first: heights.at(top - marginPx), last: Math.min(end, heights.at(to)), end: to >= heights.total };
  }

  private askForMissing(): void {
    const { first, last } = this.drawn;
    for (let step = last; step >= Math.max(1, first); step--) {
      if (this.store.stepAt(step) !== undefined) continue;
      this.store.askFor(step);
      return;
    }
  }

  protected override updated(): void {
    this.drawSlots();
    this.makeSpace();
    this.focusRow();
    this.measureSoon();
  }

  /** After the layout of this frame, which rows that draw themselves are a part of: to ask now would lay out twice. */
  private measureSoon(): void {
    this.resized.unobserve(this);
    this.resized.observe(this);
  }

  /** What is not drawn takes its room all the same. */
  private makeSpace(): void {
    const [above, below, end] = this.querySelectorAll<HTMLElement>('.space');
    const { first, last } = this.drawn;
    if (above) above.style.height = `${String(this.heights.offset(first))}px`;
    if (below) below.style.height = `${String(this.heights.total - this.heights.offset(last + 1))}px`;
    if (end) end.style.height = `${String(this.endPx)}px`;
  }

  /** Back to where the page before this one stood; until its rows are here, as near as is known. */
  private goToPlace(): void {
    const { top } = this.place ?? {};
    const scroller = this.scroller();
    if (!top || scroller === null || this.held) return;
    const element = this.slots.element(top.step);
    if (element !== undefined)
      scroller.scrollTop += element.getBoundingClientRect().top - scroller.getBoundingClientRect().top + top.px;
    this.tail.placed(measureOf(scroller));
    this.look(scroller);
    const here = element !== undefined && this.store.stepAt(top.step) !== undefined;
    if (here || top.step > this.store.lastStep) this.place = null;
  }

  /** Goes to the step that a link named; one that is not here is asked for first. */
  private reveal(): void {
    const { revealStep } = this.store;
    if (revealStep === null) return;
    if (this.store.stepAt(revealStep) === undefined && (this.store.askFor(revealStep) || this.store.paging)) return;
    this.store.revealStep = null;
    if (!this.store.stepAt(revealStep)) return;
    this.expanded.add(revealStep);
    this.goTo(revealStep, 'start');
  }

  /** Draws a step that may be far away, and focuses its row then. */
  private goTo(step: number, block: 'start' | 'nearest'): void {
    const scroller = this.scroller();
    if (scroller === null) return;
    this.toFocus = step;
    const [from, height] = [this.heights.offset(step), this.sight.window];
    const isNear = block === 'nearest' && from >= this.sight.top && from + rowPx <= this.sight.top + height;
    if (!isNear) {
      this.tail.following = false;
      this.place = null;
      const top = block === 'start' || from < this.sight.top ? from : from + rowPx - height;
      scroller.scrollTop = top + this.rowsTop(scroller);
      this.look(scroller);
      this.tail.placed(measureOf(scroller));
    }
    this.requestUpdate();
  }

  private focusRow(): void {
    const step = this.toFocus;
    const row = step === null ? null : this.slots.element(step)?.querySelector<StepRow>('belay-step');
    if (!row) return;
    this.toFocus = null;
    void row.updateComplete.then(() => {
      row.scrollIntoView({ block: 'nearest' });
      row.focusHead();
    });
  }

  protected override render(): TemplateResult {
    const { state, lastStep } = this.store;
    const { last, end } = this.drawn;
    const after = last >= lastStep ? between(state.happenings, state.step?.seq ?? Infinity, Infinity) : [];
    return html`<div
        class="log"
        role="log"
        aria-live="off"
        aria-label="Steps"
        tabindex=${this.current() === undefined ? 0 : -1}
        @scroll=${() => {
          this.scrolled();
        }}
        @keydown=${(event: KeyboardEvent) => {
          this.key(event);
        }}
        @focusin=${(event: FocusEvent) => {
          this.focused(event);
        }}
        @focusout=${(event: FocusEvent) => {
          this.unfocused(event);
        }}
      >
        <div class="rows">
          <div class="space"></div>
          <div class="space"></div>
          ${logEnd(this.page, after, end)}
        </div>
      </div>
      ${this.followButton()}`;
  }

  private drawSlots(): void {
    const below = this.querySelectorAll('.space')[1];
    if (below === undefined) return;
    const [{ step, happenings }, current] = [this.store.state, this.current()];
    this.slots.draw(below, this.slotsDrawn(), (slot) =>
      slotRow({
        slot,
        current: slot === current,
        step: slot === 0 ? null : this.store.stepAt(slot),
        expanded: this.expanded.has(slot),
        onToggle: this.toggle,
        between: happeningsAt(this.store, slot, happenings, step?.seq ?? Infinity),
        page: this.page,
      }),
    );
  }

  private slotsDrawn(): readonly number[] {
    const { first, last } = this.drawn;
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  }

  /** The step whose row Tab reaches, of those that are drawn; undefined: none has a row. */
  private current(): number | undefined {
    const rows = this.slotsDrawn().filter((slot) => this.store.stepAt(slot));
    return this.currentStep !== null && rows.includes(this.currentStep) ? this.currentStep : rows.at(-1);
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
    this.place = null;
    this.requestUpdate();
    this.keepPlace();
  }

  private readonly toggle = (step: number): void => {
    if (!this.expanded.delete(step)) this.expanded.add(step);
    this.requestUpdate();
    this.keepPlace();
  };

  private scroller(): HTMLElement | null {
    return this.outer ?? this.querySelector<HTMLElement>('.log');
  }

  /** Where the rows begin in the content of what scrolls. */
  private rowsTop(scroller: HTMLElement): number {
    const rows = this.querySelector('.rows');
    if (rows === null) return 0;
    return rows.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
  }

  private look(scroller: HTMLElement): void {
    this.sight = { top: scroller.scrollTop - this.rowsTop(scroller), window: scroller.clientHeight || windowPxAtFirst };
  }

  private stayAtEnd(): void {
    const scroller = this.scroller();
    if (scroller === null || this.held) return;
    if (this.tail.following) scroller.scrollTop = scroller.scrollHeight;
    this.tail.placed(measureOf(scroller));
    this.look(scroller);
    this.drawWhatIsInSight();
  }

  /** After the scroll area, this or the outer one, has scrolled. */
  scrolled(): void {
    const scroller = this.scroller();
    if (scroller === null || this.held) return;
    const before = this.tail.following;
    this.tail.scrolled(measureOf(scroller));
    this.look(scroller);
    this.store.mayAskAgain();
    this.drawWhatIsInSight();
    if (before !== this.tail.following) this.requestUpdate();
    if (this.place === null) this.keepPlace();
  }

  private drawWhatIsInSight(): void {
    const { first, last, end } = this.inSight();
    if (first !== this.drawn.first || last !== this.drawn.last || end !== this.drawn.end) this.requestUpdate();
  }

  /** For a page that takes this one's place: VS Code throws a hidden one away without asking. */
  private keepPlace(): void {
    if (this.runId === undefined) return;
    const step = this.heights.at(this.sight.top);
    const top = this.tail.following ? null : { step, px: Math.round(this.sight.top - this.heights.offset(step)) };
    this.page.logPlace.write({ run: this.runId, top, expanded: [...this.expanded].slice(-expandedKept) });
  }

  private measure(): void {
    for (const [slot, element] of this.slots) this.heights.set(slot, element.getBoundingClientRect().height);
    const end = this.querySelector('.end');
    if (end !== null && this.drawn.end) this.endPx = end.getBoundingClientRect().height;
  }

  private focused(event: FocusEvent): void {
    const slot = event.target instanceof Element ? event.target.closest<HTMLElement>('.slot') : null;
    if (slot !== null) this.currentStep = Number(slot.dataset['slot']);
  }

  /** The focused row was scrolled far away and is drawn no more: its keys are the log's then. */
  private unfocused({ target, relatedTarget }: FocusEvent): void {
    if (relatedTarget === null && target instanceof Element && !target.isConnected)
      this.querySelector<HTMLElement>('.log')?.focus({ preventScroll: true });
  }

  private key(event: KeyboardEvent): void {
    const { target } = event;
    const isRow = target instanceof Element && target.closest('.step-head') !== null;
    const isLog = target instanceof Element && target.classList.contains('log');
    const from = this.currentStep;
    if ((!isRow && !isLog) || from === null) return;
    const { lastStep } = this.store;
    const move = rowMove(event, from - 1, lastStep, this.expanded.has(from));
    if (move === null) return;
    event.preventDefault();
    if (typeof move !== 'object') {
      this.toggle(from);
      return;
    }
    if (event.key === 'End') this.follow();
    this.currentStep = this.stepNear(move.to + 1, event.key === 'ArrowUp' || event.key === 'End' ? -1 : 1);
    this.goTo(this.currentStep, 'nearest');
  }

  /** The step with a row, or one that is not here yet, at a number or next to it. */
  private stepNear(number: number, by: 1 | -1): number {
    let step = number;
    while (step > 1 && step < this.store.lastStep && this.store.stepAt(step) === null) step += by;
    return step;
  }
}

customElements.define('belay-log', LogView);

/**
 * Job: the Run view as a whole: state line, gate, figures, log, redirect box; a projection of the journal.
 * Boundary: draws what the store holds and posts what the supervisor asks; decides nothing.
 * Rules: one scroll area at any size. The state line stays on top and the redirect box at the bottom; between them the log
 *   scrolls below the figures or, where that leaves it too little room, all of it together. G3 then, while something is to be
 *   decided, the figures stand in one line under the state line: nothing is decided without them.
 */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { LitElement, html, nothing, type TemplateResult } from 'lit';
import type { Disposable } from '../../base/disposable.ts';
import { stepAskedByHand } from '../../run/status.ts';
import type { Page } from '../page.ts';
import { styles } from '../styles.ts';
import './answerBox.ts';
import type { AnswerBox } from './answerBox.ts';
import { awayLine } from './awayLine.ts';
import { figures, figuresInBrief } from './figures.ts';
import { gateBox } from './gateBox.ts';
import './log.ts';
import type { LogView } from './log.ts';
import './redirectBox.ts';
import type { RedirectBox } from './redirectBox.ts';
import { recordingRow } from './recordingRow.ts';
import { rollbackBox } from './rollbackBox.ts';
import { stallBox } from './stallBox.ts';
import { stateLine } from './stateLine.ts';

/** Between two drawings of the page while entries come. */
const drawEveryMs = 100;
/** Less than this is no log: a few rows. */
const logLeastPx = 140;
/** So much more gives the log its own scroll area back: each way of drawing has its own heights, and a view whose room lies
 *  between the two would else be drawn the other way round again and again, without an end. */
const logBackPx = 170;

export class RunView extends LitElement {
  static override styles = [...styles];
  static override properties = { page: { attribute: false }, low: { state: true }, inBrief: { state: true } };
  declare page: Page | undefined;
  /** Whether the figures leave the log too little room for a scroll area of its own. */
  declare private low: boolean;
  /** Whether the figures are not wholly in sight. One line more above them hides no figures that were in sight: it stays so. */
  declare private inBrief: boolean;
  private subscription: Disposable | undefined;
  private frame = 0;
  private drawnAt = 0;
  private drewRun = false;
  private heldBefore: object | null = null;
  private readonly resized = new ResizeObserver(() => {
    this.measure();
  });

  private readonly seen = new IntersectionObserver(
    (changes) => {
      this.inBrief = (changes.at(-1)?.intersectionRatio ?? 1) < 0.95;
    },
    { threshold: 0.95 },
  );
  private figuresSeen: Element | null = null;

  constructor() {
    super();
    this.low = false;
    this.inBrief = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // A fragment is the step in progress's own affair: the page is not drawn again for it.
    this.subscription = this.page?.store.changed.event((what) => {
      if (what === 'all') this.drawnAt = 0;
      if (what !== 'fragment') this.drawSoon();
    });
  }

  /** In the next frame; a few times a second while entries come. A page that shows nothing yet is drawn at once. */
  private drawSoon(): void {
    if (!this.hasUpdated || this.page?.store.known !== true || !this.drewRun) {
      this.drewRun = this.page?.store.known === true;
      this.requestUpdate();
      this.drawnAt = performance.now();
    } else if (this.frame === 0) this.drawInFrame();
  }

  private drawInFrame(): void {
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      if (now - this.drawnAt < drawEveryMs) {
        this.drawInFrame();
        return;
      }
      this.drawnAt = now;
      this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.subscription?.dispose();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.resized.disconnect();
    this.seen.disconnect();
    this.figuresSeen = null;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { page } = this;
    if (page?.store.known !== true) return nothing;
    const { store } = page;
    const name = store.state.run?.task.name;
    const withRun = store.state.run !== null;
    return html`<main class=${this.low ? 'low' : ''}>
      <h1 class="visually-hidden">${name === undefined ? 'Run' : `Run: ${name}`}</h1>
      ${stateLine(page)} ${this.inBrief && this.holds() !== null ? figuresInBrief(store) : nothing}
      <div
        class="body"
        @scroll=${() => {
          this.log()?.scrolled();
        }}
      >
        <div class="top">
          ${recordingRow(store)} ${awayLine(store)} ${stallBox(store)}
          <belay-answer .page=${page}></belay-answer>
          ${store.plan === null ? nothing : rollbackBox(store)}
          ${gateBox(store, () => {
            this.focusRedirect();
          })}
          ${store.plan === null ? rollbackBox(store) : nothing} ${figures(page)}
        </div>
        ${withRun ? this.logOf(page) : nothing}
      </div>
      ${withRun ? html`<belay-redirect .page=${page}></belay-redirect>` : nothing}
    </main>`;
  }

  private logOf(page: Page): TemplateResult {
    return html`<belay-log
      .page=${page}
      .seq=${page.store.state.seq}
      .outer=${this.low ? this.body() : null}
      .held=${this.low && this.holds() !== null}
    ></belay-log>`;
  }

  protected override updated(): void {
    // The boxes read the store when they draw; they have no property that says that the store changed.
    this.redirectBox()?.requestUpdate();
    this.renderRoot.querySelector<AnswerBox>('belay-answer')?.requestUpdate();
    this.log()?.requestUpdate();
    for (const part of this.parts()) this.resized.observe(part);
    this.measureSoon();
    this.watchFigures();
    this.showWhatHolds();
  }

  private watchFigures(): void {
    const shown = this.renderRoot.querySelector('.figures');
    if (shown === this.figuresSeen) return;
    if (this.figuresSeen !== null) this.seen.unobserve(this.figuresSeen);
    this.figuresSeen = shown;
    if (shown !== null) this.seen.observe(shown);
  }

  /** What waits above the log: a plan to confirm, an open gate, a question to answer by hand, how a recording ended, an alarm. */
  private holds(): object | null {
    const { plan, state } = this.page?.store ?? {};
    if (state === undefined) return null;
    const question = stepAskedByHand(state) !== null ? state.step?.request : null;
    const end = state.run?.task.recording === undefined ? null : state.ended;
    const alarm = state.ended === null ? state.stalls.alarm : null;
    return plan ?? state.gate ?? question ?? end ?? alarm;
  }

  /** A plan may have been asked for in the Checkpoints view, while this page was scrolled elsewhere. */
  private showWhatHolds(): void {
    const holds = this.holds();
    if (holds !== null && holds !== this.heldBefore) this.body()?.scrollTo(0, 0);
    this.heldBefore = holds;
  }

  /** After the layout of this frame: to ask now would lay out twice. */
  private measureSoon(): void {
    const [main] = this.parts();
    if (main === undefined) return;
    this.resized.unobserve(main);
    this.resized.observe(main);
  }

  private measure(): void {
    const [main, ...others] = this.parts();
    if (main === undefined) return;
    // As high as it would like to be: where it is low, the state line gives way and scrolls.
    const taken = others.reduce((sum, part) => sum + Math.max(part.offsetHeight, part.scrollHeight), 0);
    this.low = main.clientHeight - taken < (this.low ? logBackPx : logLeastPx);
  }

  /** The page, and all of it that is not the log. */
  private parts(): readonly HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('main, .state, .top, belay-redirect')];
  }

  private body(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('.body');
  }

  private log(): LogView | null {
    return this.renderRoot.querySelector<LogView>('belay-log');
  }

  private redirectBox(): RedirectBox | null {
    return this.renderRoot.querySelector<RedirectBox>('belay-redirect');
  }

  focusRedirect(): void {
    this.redirectBox()?.focusText();
  }
}

customElements.define('belay-run', RunView);

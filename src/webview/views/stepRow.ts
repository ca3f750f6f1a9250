/**
 * Job: one finished step of the log: a line, and opened its text, its calls and what can be done with it.
 * Boundary: opened or not is this row's own; everything else is the step's summary. Draws again only when that changes.
 */
import { LitElement, html, nothing, type TemplateResult } from 'lit';
import { firstLines, formatCount, formatDuration, formatTokens } from '../../run/forDisplay.ts';
import { initialState } from '../../run/reduce.ts';
import { usdBrief } from '../../run/costs.ts';
import { thinnedWords } from '../../run/thinning.ts';
import type { CallSummary, StepSummary, StepTokens } from '../../run/state.ts';
import { chevron } from '../components/icon.ts';
import type { RunStore } from '../store.ts';
import { callRow, cutOutput, said, type CallLook } from './callRow.ts';

/** What the folded state keeps of an output (reduce.ts) is as much as a row shows: as long as this, more may follow. */
const headLines = 12;
const headChars = 1_200;
const textLines = 12;

export class StepRow extends LitElement {
  static override properties = {
    step: { attribute: false },
    isHead: { type: Boolean, attribute: false },
    model: { attribute: false },
    thinned: { type: Boolean, attribute: false },
    current: { type: Boolean, attribute: false },
    expanded: { type: Boolean, reflect: true },
  };

  declare step: StepSummary;
  /** The workspace stands at its checkpoint: there is no way back to it. */
  declare isHead: boolean;
  declare model: string | undefined;
  /** Its checkpoint's files were let go: nothing leads there any more. */
  declare thinned: boolean;
  /** Whether Tab reaches this row; the arrows reach the others. */
  declare current: boolean;
  declare expanded: boolean;
  store: RunStore | undefined;

  constructor() {
    super();
    this.isHead = false;
    this.thinned = false;
    this.current = false;
    this.expanded = false;
  }

  /** In the tree of the log, whose sheet styles it: a sheet a row would cost more than the row. */
  protected override createRenderRoot(): this {
    return this;
  }

  focusHead(): void {
    this.querySelector<HTMLElement>('.step-head')?.focus();
  }

  protected override render(): TemplateResult {
    const { step, title, costUsd, tokens, wallMs } = this.step;
    // Few nodes, set without a marker each: a log that is scrolled makes dozens of rows a frame.
    return html`<button
        class="step-head"
        aria-expanded=${this.expanded}
        tabindex=${this.current ? 0 : -1}
        title=${title}
        @click=${this.toggled}
      >
        ${chevron}<span class="number" .textContent=${formatCount(step)}></span>
        <span class="title" .textContent=${title}></span
        ><span class="calls-count" .textContent=${this.callsCount()}></span
        ><span class="tokens" title="Tokens read and written" .textContent=${tokensText(tokens)}></span
        ><span class="model" .textContent=${this.model ?? ''}></span>
        <span class="cost" .textContent=${usdBrief(this.store?.state ?? initialState, costUsd)}></span
        ><span class="time" .textContent=${formatDuration(wallMs)}></span></button
      >${this.expanded ? this.body() : nothing}`;
  }

  private readonly toggled = (): void => {
    this.dispatchEvent(new Event('toggled'));
  };

  private callsCount(): string {
    const { calls } = this.step;
    return calls.length === 1 ? '1 call' : `${String(calls.length)} calls`;
  }

  private body(): TemplateResult {
    const { step, text, calls } = this.step;
    const words = said(firstLines(text, textLines));
    const actions = {
      openOutput: (callId: string) => this.store?.post({ type: 'openOutput', step, callId }),
      openFile: (path: string) => this.store?.post({ type: 'openFile', path }),
    };
    return html`<div class="step-body">
      ${words === '' ? nothing : html`<p class="said" .textContent=${words}></p>`}
      <ul class="calls">
        ${calls.map((call) => callRow(lookOf(call), actions))}
      </ul>
      ${this.links()}
    </div>`;
  }

  private links(): TemplateResult {
    const { step, checkpoint } = this.step;
    const link = (label: string, click: () => void) => html`<button class="link" @click=${click}>${label}</button>`;
    return html`<div class="links">
      ${this.thinned ? nothing : link('Diff', () => this.store?.post({ type: 'openCheckpointDiff', checkpoint }))}
      ${link('Open Prompt', () => this.store?.post({ type: 'openPrompt', step }))}
      ${link('Copy Link', () => this.store?.post({ type: 'copyStepLink', step }))}
      ${this.isHead || this.thinned ? nothing : link('Roll Back…', () => this.store?.post({ type: 'rollBackAsk', checkpoint }))}
      <span class="dim" title=${this.thinned ? thinnedWords(checkpoint) : nothing}
        >step ${formatCount(step)} · checkpoint ${formatCount(checkpoint)}${this.thinned ? ', thinned' : ''}</span
      >
    </div>`;
  }
}

/** "18 k → 1.9 k" */
function tokensText({ input, output }: StepTokens): string {
  return `${formatTokens(input)} → ${formatTokens(output)}`;
}

function lookOf(call: CallSummary): CallLook {
  const { callId, name, title, head, ...result } = call;
  const output = cutOutput(head);
  const full = head.length >= headChars || head.split('\n').length >= headLines;
  return { callId, name, title, result, output: { text: output.text, cut: output.cut || full } };
}

customElements.define('belay-step', StepRow);

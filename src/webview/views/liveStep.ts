/**
 * Job: the step in progress: what the model is saying, which calls run, the end of their output.
 * Boundary: draws from the folded step and, until the entry comes, from the fragments; at most once a frame.
 */
import { LitElement, html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { Disposable } from '../../base/disposable.ts';
import { firstLines, formatCount, lastLines } from '../../run/forDisplay.ts';
import { usdBrief } from '../../run/costs.ts';
import { asksByHand } from '../../run/status.ts';
import type { CallState, StepInProgress } from '../../run/state.ts';
import { icon } from '../components/icon.ts';
import type { RunStore } from '../store.ts';
import { callRow, cutOutput, said, type CallActions, type CallLook } from './callRow.ts';

const streamedLines = 12;

export class LiveStep extends LitElement {
  static override properties = { step: { attribute: false } };
  declare step: StepInProgress | null;
  store: RunStore | undefined;
  private frame = 0;
  private subscription: Disposable | undefined;

  constructor() {
    super();
    this.step = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.subscription = this.store?.changed.event(() => {
      // A hidden page gets no frames; it draws once when it is seen again.
      if (this.frame === 0)
        this.frame = requestAnimationFrame(() => {
          this.frame = 0;
          this.requestUpdate();
        });
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.subscription?.dispose();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { step, store } = this;
    if (step === null || store === undefined) return nothing;
    const calls = step.calls ?? [];
    const works = store.connection.kind === 'attached' && store.state.paused === null;
    return html`<div class="live-head">
        ${works ? icon('running', 'pulse') : icon('idle')}<span class="number">${formatCount(step.step)}</span>
        <span class="title">${works ? doing(step, asksByHand(store.state)) : waiting(store)}</span>
        <span class="cost">${step.costUsd > 0 ? usdBrief(store.state, step.costUsd) : ''}</span>
        <belay-since class="time" .now=${() => store.now()} .at=${works ? step.startedAt : null}></belay-since>
      </div>
      <div class="step-body">
        ${this.words(step, store)}
        ${
          calls.length === 0
            ? nothing
            : html`<ul class="calls">
                ${calls.map((call) => this.callOf(call, store))}
              </ul>`
        }
        ${this.links(step, store)}
      </div>`;
  }

  /** Drawn again only when the call or its output has changed: a step may have dozens, and fragments come every few milliseconds. */
  private callOf(call: CallState, store: RunStore): unknown {
    const output = call.result === null ? (store.live.outputs.get(call.callId) ?? '') : null;
    return guard([call, output], () => callRow(lookOf(call, output), this.actions));
  }

  private readonly actions: CallActions = {
    openOutput: (callId) => {
      if (this.step !== null) this.store?.post({ type: 'openOutput', step: this.step.step, callId });
    },
    openFile: (path) => {
      this.store?.post({ type: 'openFile', path });
    },
  };

  /** Once it was sent, until its row stands in the log. */
  private links(step: StepInProgress, store: RunStore): TemplateResult | typeof nothing {
    if (step.request === null && step.calls === null) return nothing;
    return html`<div class="links">
      <button
        class="link"
        @click=${() => {
          store.post({ type: 'openPrompt', step: step.step });
        }}
      >
        Open Prompt
      </button>
    </div>`;
  }

  private words(step: StepInProgress, store: RunStore): TemplateResult | typeof nothing {
    const answered = step.calls !== null;
    const part = answered ? firstLines(step.text, streamedLines) : lastLines(store.live.text, streamedLines);
    if (part.text === '') return nothing;
    const text = answered ? said(part) : (part.cut ? '… ' : '') + part.text;
    return html`<p class="said ${answered ? '' : 'streaming'}" .textContent=${text}></p>`;
  }
}

function doing(step: StepInProgress, byHand: boolean): string {
  if (step.retry !== null) return 'waiting for the provider';
  if (step.calls === null && step.request !== null) return byHand ? 'waiting for your answer' : 'model is answering';
  if (step.calls === null) return 'preparing the request';
  const left = step.calls.filter((c) => c.result === null).length;
  return left === 0
    ? 'taking a checkpoint'
    : `${formatCount(step.calls.length - left)} of ${formatCount(step.calls.length)} calls done`;
}

/** In a step that does not go on at this moment. */
function waiting(store: RunStore): string {
  return store.connection.kind === 'attached' ? 'waits' : 'last seen in progress';
}

/** @param soFar of a call that runs */
function lookOf(call: CallState, soFar: string | null): CallLook {
  const { callId, name, title, result } = call;
  const output = result === null ? lastLines(soFar ?? '', streamedLines) : cutOutput(result.output);
  return {
    callId,
    name,
    title: call.startedAt === null && result === null ? `${title} (waits)` : title,
    result,
    output,
  };
}

customElements.define('belay-live-step', LiveStep);

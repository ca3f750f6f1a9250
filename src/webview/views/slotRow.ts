/**
 * Job: a slot of the log: the row of its step, or that it is on its way, and what came after it.
 * Boundary: draws; what is open and what is current is the log's to know.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { formatCount } from '../../run/forDisplay.ts';
import type { StepSummary } from '../../run/state.ts';
import type { RunStore } from '../store.ts';
import './stepRow.ts';

export interface SlotLook {
  readonly slot: number;
  /** Null: the slot has no row. undefined: it is not here yet. */
  readonly step: StepSummary | null | undefined;
  readonly current: boolean;
  readonly expanded: boolean;
  readonly onToggle: () => void;
  readonly between: readonly TemplateResult[];
  readonly store: RunStore;
}

export function slotRow(look: SlotLook): TemplateResult {
  return html`<div class="slot" data-slot=${look.slot}>${stepOf(look)} ${look.between}</div>`;
}

function stepOf({ slot, step, current, expanded, onToggle, store }: SlotLook): TemplateResult | typeof nothing {
  if (step === null) return nothing;
  if (step === undefined) return html`<p class="step-head dim"><span class="number">${formatCount(slot)}</span> …</p>`;
  return html`<belay-step
    .store=${store}
    .step=${step}
    .head=${store.state.head}
    .thinned=${store.state.checkpoints[step.checkpoint]?.thinned === true}
    .model=${store.state.run?.task.model.name}
    .current=${current}
    .expanded=${expanded}
    @toggled=${onToggle}
  ></belay-step>`;
}

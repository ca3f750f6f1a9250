/**
 * Job: a slot of the log: the row of its step, or that it is on its way, and what came after it.
 * Boundary: draws; what is open and what is current is the log's to know. Drawn again only when something in it has changed.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { formatCount } from '../../run/forDisplay.ts';
import type { Happening, StepSummary } from '../../run/state.ts';
import type { Page } from '../page.ts';
import { happeningRow } from './happeningRow.ts';
import './stepRow.ts';

export interface SlotLook {
  readonly slot: number;
  /** Null: the slot has no row. undefined: it is not here yet. */
  readonly step: StepSummary | null | undefined;
  readonly current: boolean;
  readonly expanded: boolean;
  readonly onToggle: (slot: number) => void;
  readonly between: readonly Happening[];
  readonly page: Page;
}

interface RowLook {
  readonly isHead: boolean;
  readonly thinned: boolean;
  readonly model: string | undefined;
}

export function slotRow(look: SlotLook): unknown {
  const { slot, step, current, expanded, between, page } = look;
  const { head, checkpoints, run } = page.store.state;
  const row: RowLook = {
    isHead: step?.checkpoint === head,
    thinned: step ? checkpoints.get(step.checkpoint)?.thinned === true : false,
    model: run?.task.model.name,
  };
  const { isHead, thinned, model } = row;
  // Happenings stand in the order of the journal and are not changed: the first and how many of them name them all.
  return guard([slot, step, current, expanded, isHead, thinned, model, between[0], between.length], () =>
    drawn(look, row),
  );
}

function drawn(look: SlotLook, row: RowLook): TemplateResult {
  const { between, page } = look;
  const rows = between.length === 0 ? nothing : happeningRows(between, page);
  return html`${stepOf(look, row)}${rows}`;
}

export function happeningRows(happenings: readonly Happening[], { store, timeOfDay }: Page): readonly TemplateResult[] {
  return happenings.map((one) => happeningRow(one, store, timeOfDay));
}

function stepOf(
  { slot, step, current, expanded, onToggle, page }: SlotLook,
  { isHead, thinned, model }: RowLook,
): TemplateResult | typeof nothing {
  if (step === null) return nothing;
  if (step === undefined) return html`<p class="step-head dim"><span class="number">${formatCount(slot)}</span> …</p>`;
  return html`<belay-step
    .store=${page.store}
    .step=${step}
    .isHead=${isHead}
    .thinned=${thinned}
    .model=${model}
    .current=${current}
    .expanded=${expanded}
    @toggled=${() => {
      onToggle(slot);
    }}
  ></belay-step>`;
}

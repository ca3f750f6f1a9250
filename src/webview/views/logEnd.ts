/**
 * Job: what stands below the finished steps in the log: the step in progress, what came since the last one, and the words of a log
 *   that is empty.
 * Boundary: draws; out of sight it is a space of the same height, for the step in progress may have dozens of calls.
 */
import { html, nothing, type TemplateResult } from 'lit';
import type { Happening } from '../../run/state.ts';
import type { Page } from '../page.ts';
import './liveStep.ts';
import { happeningRows } from './slotRow.ts';

export function logEnd(page: Page, after: readonly Happening[], isInSight: boolean): TemplateResult {
  if (!isInSight) return html`<div class="space end"></div>`;
  const { store } = page;
  const { state, lastStep } = store;
  const isEmpty = lastStep === 0 && state.step === null && state.happenings.length === 0;
  const live = state.step && html`<belay-live-step .store=${store} .step=${state.step}></belay-live-step>`;
  return html`<div class="end">
    ${live ?? nothing}${happeningRows(after, page)}${isEmpty ? html`<p class="dim note">Each step of the run appears here.</p>` : nothing}
  </div>`;
}

/**
 * Job: the open gate: why it opened, and the three decisions, always in this order.
 * Rules: G1, G3: a decision carries what stands on this page when it is made. Nothing is decided before its entry comes.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { capitalised, formatCount, formatCounted } from '../../run/forDisplay.ts';
import type { GateOpen } from '../../run/state.ts';
import { canCommit } from '../../run/status.ts';
import { shownOf } from '../../run/shown.ts';
import type { RunStore } from '../store.ts';
import { recordedHere } from './recordingRow.ts';

export function gateBox(store: RunStore, focusRedirect: () => void): TemplateResult | typeof nothing {
  const { gate, ended } = store.state;
  if (gate === null || ended !== null) return nothing;
  const canDecide = store.connection.kind === 'attached' && store.pending === null;
  const accept = () => {
    store.post({ type: 'accept', gate: gate.gate, shown: shownOf(store.state, store.review?.filesChanged ?? null) });
  };
  return html`<section class="box gate" aria-labelledby="gate-title">
    <h2 id="gate-title">Gate at step ${formatCount(gate.step)} · checkpoint ${formatCount(gate.checkpoint)}</h2>
    ${reasons(gate)}
    <vscode-button
      class="primary"
      @click=${() => {
        store.post({ type: 'reviewGate' });
      }}
      >Review Gate</vscode-button
    >
    <div class="buttons">
      <vscode-button secondary ?disabled=${!canDecide} @click=${accept}>${acceptLabel(store)}</vscode-button>
      <vscode-button secondary ?disabled=${!canDecide} @click=${focusRedirect}>Redirect…</vscode-button>
      <vscode-button
        secondary
        ?disabled=${!canDecide}
        @click=${() => {
          store.post({ type: 'rollBackAsk', checkpoint: null });
        }}
        >Roll Back…</vscode-button
      >
    </div>
    ${gate.reasons.some(({ kind }) => kind === 'end') ? html`<p class="dim">Accepting ends the run; a redirect lets it go on.</p>` : nothing}
    ${recordedHere(store)}
    <div class="links">
      <button
        class="link"
        @click=${() => {
          store.post({ type: 'openDiffs' });
        }}
      >
        Open Diffs
      </button>
      ${asksForLimits(gate) ? raiseLink(store) : nothing}
      ${canCommit(store.state) ? commitLink(store, canDecide) : nothing}
      ${store.review === null ? nothing : html`<span class="dim">${formatCounted(store.review.filesChanged, 'file')} changed since accepted</span>`}
    </div>
  </section>`;
}

/** Raising a limit decides nothing: the gate goes on to wait. */
function asksForLimits(gate: GateOpen): boolean {
  return gate.reasons.some(({ kind }) => kind === 'budget' || kind === 'forecast');
}

function raiseLink(store: RunStore): TemplateResult {
  const raise = () => {
    store.post({ type: 'raiseLimits' });
  };
  return html`<button class="link" ?disabled=${store.connection.kind !== 'attached'} @click=${raise}>
    Raise Limits…
  </button>`;
}

function commitLink(store: RunStore, canDecide: boolean): TemplateResult {
  const commit = () => {
    store.post({ type: 'acceptAndCommit', shown: shownOf(store.state, store.review?.filesChanged ?? null) });
  };
  return html`<button class="link" ?disabled=${!canDecide} @click=${commit}>Accept and Commit…</button>`;
}

function reasons(gate: GateOpen): TemplateResult | typeof nothing {
  if (gate.reasons.length === 0) return nothing;
  if (gate.reasons.length === 1) return html`<p class="reason">${capitalised(gate.reasons[0]?.text ?? '')}.</p>`;
  return html`<ul class="reasons">
    ${gate.reasons.map((r) => html`<li class="reason">${capitalised(r.text)}</li>`)}
  </ul>`;
}

function acceptLabel(store: RunStore): string {
  if (store.pending === 'accept') return 'Accepting…';
  const unread = store.review?.unread ?? 0;
  return unread > 0 ? `Accept (${formatCount(unread)} unread)` : 'Accept';
}

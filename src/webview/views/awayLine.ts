/**
 * Job: one line of what the run did while nobody looked, and the way to the whole of it.
 * Boundary: that somebody was away is the host's to notice. No live region: who comes back reads it where it stands.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { awayWords } from '../../run/away.ts';
import { icon } from '../components/icon.ts';
import type { RunStore } from '../store.ts';

export function awayLine(store: RunStore): TemplateResult | typeof nothing {
  if (store.away === null) return nothing;
  return html`<section class="away" aria-label="While you were away">
    <p>
      ${awayWords(store.away)}
      <button
        class="link"
        @click=${() => {
          store.post({ type: 'openReport' });
        }}
      >
        What Happened
      </button>
    </p>
    <button
      class="glyph"
      title="Dismiss"
      aria-label="Dismiss the summary"
      @click=${() => {
        store.post({ type: 'dismissAway' });
      }}
    >
      ${icon('failed')}
    </button>
  </section>`;
}

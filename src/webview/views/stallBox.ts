/**
 * Job: the alarm of a stall: its evidence, what Belay has done about it, and the supervisor's word that it is none.
 * Boundary: draws what the journal holds. A gate that holds tells the same itself, and is decided instead.
 */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, type TemplateResult } from 'lit';
import { capitalised, formatCount, visibleControls } from '../../run/forDisplay.ts';
import { alarmDone } from '../../run/ladder.ts';
import { limits } from '../../run/limits.ts';
import { icon } from '../components/icon.ts';
import type { RunStore } from '../store.ts';

const quiet = `This is no stall, such as a batch: no alarm for such signs in the next ${formatCount(limits.stallQuietSteps)} steps`;

export function stallBox(store: RunStore): TemplateResult | typeof nothing {
  const { stalls, gate, ended } = store.state;
  if (stalls.alarm === null || gate !== null || ended !== null) return nothing;
  const dismiss = () => {
    store.post({ type: 'dismissStall' });
  };
  return html`<section class="box stall" aria-labelledby="stall-title">
    <h2 id="stall-title">${icon('problem')} The run seems to stall</h2>
    ${stalls.alarm.signs.map(({ text }) => html`<p class="reason">${visibleControls(capitalised(text))}.</p>`)}
    <p class="dim">${alarmDone(stalls.alarm)}</p>
    <div class="buttons">
      <vscode-button secondary title=${quiet} ?disabled=${store.connection.kind !== 'attached'} @click=${dismiss}
        >Dismiss</vscode-button
      >
    </div>
  </section>`;
}

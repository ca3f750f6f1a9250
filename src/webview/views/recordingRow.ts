/**
 * Job: what a run that plays a recording says of it: the first row, what was recorded at the open gate, how it ended.
 * Boundary: draws and posts; what comes next is the engine's to say.
 */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, type TemplateResult } from 'lit';
import { gateWords, isRecordedEnd, recordedEndWords } from '../../run/playback.ts';
import type { RunStore } from '../store.ts';

const paces = [1, 2, 4] as const;

export function recordingRow(store: RunStore): TemplateResult | typeof nothing {
  const { run, ended } = store.state;
  const recording = run?.task.recording;
  if (recording === undefined) return nothing;
  if (ended !== null) return endRow(store);
  const reference = recording.referenceInstalled
    ? ''
    : ' The reference is not installed here: what it said is played too.';
  return html`<section class="recording" aria-label="Recording">
    <p title="Tools, tests and checkpoints are real. Nothing is spent now: the costs are those of the recorded run.">
      Recording: the model’s answers were made earlier; the rest is real.${reference}
    </p>
    <div class="pace" role="group" aria-label="Speed">${paces.map((factor) => paceButton(store, factor))}</div>
  </section>`;
}

function paceButton(store: RunStore, factor: number): TemplateResult {
  const set = () => {
    store.post({ type: 'setPace', factor });
  };
  return html`<button
    class="choice"
    aria-pressed=${store.paceFactor === factor ? 'true' : 'false'}
    title="Plays ${factor === 1 ? 'as it was made' : `${String(factor)} times as quick`}"
    ?disabled=${store.connection.kind !== 'attached'}
    @click=${set}
  >
    ${String(factor)}×
  </button>`;
}

function endRow(store: RunStore): TemplateResult | typeof nothing {
  const words = recordedEndWords(store.state);
  if (words === null) return nothing;
  return html`<section class="recording" aria-label="Recording">
    <p>
      ${words}
      ${
        isRecordedEnd(store.state)
          ? link('New Task…', () => {
              store.post({ type: 'newTask' });
            })
          : link('Restart the Sample', () => {
              store.post({ type: 'restartSample' });
            })
      }
    </p>
  </section>`;
}

function link(label: string, act: () => void): TemplateResult {
  return html`<button class="link" @click=${act}>${label}</button>`;
}

/** For the box of an open gate. */
export function recordedHere(store: RunStore): TemplateResult | typeof nothing {
  const acts = store.recordedHere;
  if (store.state.run?.task.recording === undefined || acts === null) return nothing;
  const canDecide = store.connection.kind === 'attached' && store.pending === null;
  return html`<div class="recorded">
    <p title=${gateWords(acts)}>Recorded here: ${gateWords(acts)}</p>
    <vscode-button
      secondary
      ?disabled=${!canDecide}
      @click=${() => {
        store.post({ type: 'doAsRecorded' });
      }}
      >${store.pending === 'doAsRecorded' ? 'Doing as recorded…' : 'Do as Recorded'}</vscode-button
    >
  </div>`;
}

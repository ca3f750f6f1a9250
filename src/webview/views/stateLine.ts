/**
 * Job: the state line: icon, word, since when, the sentence below, and the way out; and what the host has to say.
 * Rules: the only live region. What changes many times a minute (the phase, the ticking time) is hidden from it.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { phaseMark, statusOf, statusWords, type Status, type StatusTone, type WayOut } from '../../run/status.ts';
import '../components/life.ts';
import { icon, type IconName } from '../components/icon.ts';
import type { WebviewMessage } from '../../protocol/webview.ts';
import type { Page } from '../page.ts';
import type { RunStore } from '../store.ts';

const icons: Readonly<Record<StatusTone, IconName>> = {
  running: 'running',
  waiting: 'waiting',
  paused: 'paused',
  problem: 'problem',
  done: 'done',
  stopped: 'stopped',
  idle: 'idle',
};

const waysOut: Readonly<Record<WayOut, string>> = {
  start: 'Start Reconstruction',
  startAgain: 'Start Again',
  resume: 'Resume',
  raiseLimits: 'Raise Limits…',
  enterKey: 'Enter Key…',
  allowModel: 'Allow the Model…',
  copyQuestion: 'Copy Question',
  restartSample: 'Restart the Sample',
  rollBack: 'Roll Back…',
};

export function stateLine({ store, timeOfDay }: Page): TemplateResult {
  const status = statusOf(store.state, store.connection.kind, store.connection.since);
  const phase =
    status.phase === ''
      ? nothing
      : html`<span class="phase" aria-hidden="true">${phaseMark(status)}${status.phase}</span>`;
  const until = status.until === null ? '' : ` until ${timeOfDay(status.until)}`;
  const ways = buttons(status, store);
  return html`<header class="state tone-${status.tone}">
    ${since(status, store)}
    <div role="status">
      ${icon(icons[status.tone], 'tone')}
      <div class="word" title=${statusWords(status)}>${status.word}${until}${phase}</div>
      ${detail(status, store)} ${notice(store)}
    </div>
    <belay-life .store=${store} .state=${store.state}></belay-life>
    ${ways.length === 0 ? nothing : html`<div class="buttons">${ways}</div>`}
  </header>`;
}

function detail(status: Status, store: RunStore): TemplateResult | typeof nothing {
  if (status.detail === '') return nothing;
  // The gate's sentence stands in the gate's box; here it is said to the screen reader only.
  const inBox = store.state.gate !== null && status.tone === 'waiting';
  return html`<div
    class=${inBox ? 'visually-hidden' : 'detail'}
    title=${status.detail}
    aria-hidden=${status.tone === 'running' ? 'true' : nothing}
  >
    <span>${status.detail}</span>
  </div>`;
}

function since(status: Status, store: RunStore): TemplateResult | typeof nothing {
  if (status.since === null || status.since === 0) return nothing;
  return html`<belay-since
    class="since"
    aria-hidden="true"
    .now=${() => store.now()}
    .at=${status.since}
  ></belay-since>`;
}

function buttons(status: Status, store: RunStore): readonly TemplateResult[] {
  const ways = status.waysOut.map(
    (way, index) =>
      html`<vscode-button
        ?secondary=${index > 0 || store.state.ended !== null}
        @click=${() => {
          store.post(way === 'rollBack' ? askRollback(store) : { type: way });
        }}
        >${waysOut[way]}</vscode-button
      >`,
  );
  // Who waits for a provider that may never answer has a way out too.
  const waits = (store.state.paused !== null && status.waysOut.length > 0) || status.until !== null;
  if (!waits || store.connection.kind !== 'attached') return ways;
  return [
    ...ways,
    html`<vscode-button
      secondary
      @click=${() => {
        store.post({ type: 'stop' });
      }}
      >Stop</vscode-button
    >`,
  ];
}

/** To where a recorded run goes on. */
function askRollback({ state }: RunStore): WebviewMessage {
  return { type: 'rollBackAsk', checkpoint: state.paused?.checkpoint ?? null };
}

function notice(store: RunStore): TemplateResult | typeof nothing {
  const said = store.notice;
  if (said === null) return nothing;
  return html`<div class="notice ${said.severity}">
    ${icon(said.severity === 'info' ? 'info' : 'problem')}<span>${said.text}</span>
    <button
      class="glyph"
      title="Dismiss"
      aria-label="Dismiss"
      @click=${() => {
        store.dismissNotice();
      }}
    >
      ${icon('failed')}
    </button>
  </div>`;
}

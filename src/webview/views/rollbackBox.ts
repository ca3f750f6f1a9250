/**
 * Job: a planned rollback before it is done, and the undo after it.
 * Rules: C4 a rollback is planned first and undoable after. C6 what conflicts is listed by name, never in a number only.
 */
import { html, nothing, type TemplateResult } from 'lit';
import type { RollbackPlan, RollbackPlanPath } from '../../protocol/messages.ts';
import { formatBytes, formatCount, formatCounted, rollbackSentence } from '../../run/forDisplay.ts';
import { shownOf } from '../../run/shown.ts';
import { canTakeBack, rollbackWords } from '../../run/status.ts';
import { somePathsInWords } from '../../run/pathWords.ts';
import { placeWords } from '../../run/standing.ts';
import { icon } from '../components/icon.ts';
import type { RunStore } from '../store.ts';

const pathsShown = 60;

export function rollbackBox(store: RunStore): TemplateResult | typeof nothing {
  return store.plan === null ? undoLine(store) : planBox(store, store.plan);
}

function planBox(store: RunStore, plan: RollbackPlan): TemplateResult {
  const busy = store.pending === 'rollBackConfirm';
  const { step, paused } = store.state;
  const waits = step !== null && paused === null ? step.step : null;
  const confirm = () => {
    const shown = shownOf(store.state, store.review?.filesChanged ?? null);
    const reason = store.rollbackReason.trim();
    const why = reason === '' ? {} : { reason };
    const only = plan.only ? { only: plan.only } : {};
    store.post({ type: 'rollBackConfirm', planDigest: plan.digest, to: plan.to, shown, ...why, ...only });
  };
  const idle = doesNothing(plan);
  const conflicts = plan.paths.filter((p) => p.action === 'conflict');
  const others = plan.paths.filter((p) => p.action !== 'conflict');
  return html`<section class="box plan" aria-labelledby="plan-title">
    <h2 id="plan-title">Roll ${partWords(plan)}back to ${placeWords(store.state, plan.to)}</h2>
    <p>${rollbackSentence(plan)}</p>
    ${
      conflicts.length === 0
        ? nothing
        : html`<p>In conflict, and left as you have ${conflicts.length === 1 ? 'it' : 'them'}:</p>
            ${pathList(store, plan.to, conflicts)}`
    }
    ${
      others.length === 0
        ? nothing
        : html`<details>
            <summary>${formatCounted(others.length, 'file')}</summary>
            ${pathList(store, plan.to, others)}
          </details>`
    }
    ${idle ? nothing : reasonField(store, busy)}
    <div class="buttons">
      <vscode-button
        secondary
        @click=${() => {
          store.post({ type: 'openRollbackDiff', to: plan.to });
        }}
        >Show Diff</vscode-button
      >
      ${idle ? nothing : html`<vscode-button ?disabled=${busy} @click=${confirm}>${busy ? busyWords(waits) : 'Roll Back'}</vscode-button>`}
      <vscode-button
        secondary
        ?disabled=${busy && waits === null}
        @click=${() => {
          store.post({ type: 'rollBackCancel' });
        }}
        >${idle ? 'Close' : 'Cancel'}</vscode-button
      >
    </div>
    ${waits === null || idle ? nothing : html`<p class="dim">${waitWords(waits, busy)}</p>`}
  </section>`;
}

/** A part that would stay as it is. To roll all of it back means more than files: the run goes on from there. */
function doesNothing({ only, write, merge = 0, delete: deleted }: RollbackPlan): boolean {
  return only !== undefined && write + merge + deleted === 0;
}

/** "lib, src/a.sh " of a part, "part of src/a.sh " of hunks. */
function partWords({ only }: RollbackPlan): string {
  if (only === undefined) return '';
  return `${only.lines === undefined ? '' : 'part of '}${somePathsInWords(only.paths)} `;
}

function busyWords(waits: number | null): string {
  return waits === null ? 'Rolling back…' : 'Waiting…';
}

function waitWords(step: number, busy: boolean): string {
  const when = `Applies after step ${formatCount(step)}`;
  return busy ? `${when}, or when you pause. Cancel takes it back.` : `${when}, with what it changes until then.`;
}

function reasonField(store: RunStore, busy: boolean): TemplateResult {
  return html`<label class="why">
    Why (told to the agent)
    <span class="input">
      <textarea
        rows="1"
        placeholder="Optional"
        maxlength="8000"
        ?disabled=${busy}
        .value=${store.rollbackReason}
        @input=${(event: InputEvent) => {
          store.rollbackReason = (event.target as HTMLTextAreaElement).value;
        }}
      ></textarea>
    </span>
  </label>`;
}

function pathList(store: RunStore, to: number, paths: readonly RollbackPlanPath[]): TemplateResult {
  const more = paths.length - pathsShown;
  return html`<ul class="paths">
    ${paths.slice(0, pathsShown).map(
      (p) =>
        html`<li class=${p.action} title=${p.reason ?? p.path}>
          <span class="dim">${p.action}</span> <span class="path">${p.path}</span>
          <span class="dim said">${p.reason ?? formatBytes(p.bytes)}</span>
          ${hasDiff(p) ? diffLink(store, to, p.path) : nothing}
        </li>`,
    )}
    ${more > 0 ? html`<li class="dim">and ${formatCount(more)} more</li>` : nothing}
  </ul>`;
}

/** What is not simply written or deleted is to be looked at. */
function hasDiff({ path, action }: RollbackPlanPath): boolean {
  return (action === 'conflict' || action === 'merge') && !path.endsWith('/');
}

function diffLink(store: RunStore, to: number, path: string): TemplateResult {
  const open = () => {
    store.post({ type: 'openPlannedFile', to, path });
  };
  return html`<button class="link" aria-label=${`Open Diff of ${path}`} @click=${open}>Open Diff</button>`;
}

function undoLine(store: RunStore): TemplateResult | typeof nothing {
  const { lastRollback, rollback } = store.state;
  if (lastRollback === null || rollback !== null || store.state.ended !== null) return nothing;
  const { conflicts } = lastRollback;
  const { done, takeBack } = rollbackWords(lastRollback, placeWords(store.state, lastRollback.to));
  const undo = () => {
    store.post({ type: 'undoRollback' });
  };
  return html`<section class="box done" aria-label="Rollback">
    <p>
      ${icon('done')} ${done}
      ${
        canTakeBack(store.state)
          ? html`<button
              class="link"
              ?disabled=${store.connection.kind !== 'attached' || store.pending !== null}
              @click=${undo}
            >
              ${takeBack}
            </button>`
          : nothing
      }
    </p>
    ${
      conflicts.length === 0
        ? nothing
        : html`<p>
              ${formatCounted(conflicts.length, 'file')} kept as you left ${conflicts.length === 1 ? 'it' : 'them'}:
            </p>
            <ul class="paths">
              ${conflicts.slice(0, pathsShown).map((path) => html`<li><span class="path">${path}</span></li>`)}
            </ul>`
    }
  </section>`;
}

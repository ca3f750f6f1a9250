/**
 * Job: a row between the steps: what was done or what held the run up, by whom and when.
 * Boundary: the words are run/happening.ts's; drawn safely, for they may quote a file's name or an endpoint.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { visibleControls } from '../../run/forDisplay.ts';
import type { Happening, HappeningKind } from '../../run/state.ts';
import { icon, type IconName } from '../components/icon.ts';
import type { RunStore } from '../store.ts';

const icons: Readonly<Record<HappeningKind, IconName>> = {
  redirect: 'person',
  withdraw: 'person',
  accept: 'done',
  refused: 'failed',
  rollback: 'undo',
  edit: 'pencil',
  reject: 'failed',
  pause: 'paused',
  wait: 'paused',
  resume: 'play',
  limits: 'limit',
  look: 'eye',
  stop: 'stopped',
  engine: 'info',
  thin: 'info',
  flag: 'problem',
  stall: 'problem',
  context: 'info',
};

export function happeningRow(
  { seq, kind, by, text, at, checkpoint, summary }: Happening,
  store: RunStore,
  timeOfDay: (at: number) => string,
): TemplateResult {
  const words = visibleControls(text).replaceAll('\n', ' ');
  const who = by === null ? '' : visibleControls(by);
  const link = (label: string, open: () => void) => html`<button class="link" @click=${open}>${label}</button>`;
  const diff =
    kind === 'edit' && checkpoint !== null
      ? link('Diff', () => {
          store.post({ type: 'openCheckpointDiff', checkpoint });
        })
      : nothing;
  const read =
    summary === true
      ? link('Read Summary', () => {
          store.post({ type: 'openSummary', seq });
        })
      : nothing;
  const when = timeOfDay(at);
  return html`<div class="note" title=${who === '' ? words : `${words}\n${who}, ${when}`}>
    ${icon(icons[kind])}
    <p>
      <span class="words">${words}</span>
      <span class="when">${diff} ${read} ${who === '' ? when : `${shortName(who)}, ${when}`}</span>
    </p>
  </div>`;
}

/** "anna" of "anna@desk (window)"; the whole stands in the tooltip. */
function shortName(by: string): string {
  return by.split('@', 1)[0] ?? by;
}

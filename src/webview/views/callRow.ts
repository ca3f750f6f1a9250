/**
 * Job: one tool call of a step: what it did, how it came out, the first lines of what it said.
 * Boundary: the whole output is the host's, as a document. Escape sequences are drawn as text (forDisplay).
 */
import { html, nothing, type TemplateResult } from 'lit';
import type { CallResult } from '../../run/state.ts';
import { firstLines, formatCount, formatDuration, formatLines, type CutText } from '../../run/forDisplay.ts';
import { icon } from '../components/icon.ts';

const outputLines = 12;

/** What a row needs of a call, finished or not. */
export interface CallLook {
  readonly callId: string;
  readonly name: string;
  readonly title: string;
  /** null while it runs or waits. */
  readonly result: Omit<CallResult, 'output'> | null;
  readonly output: CutText;
}

export interface CallActions {
  readonly openOutput: (callId: string) => void;
  readonly openFile: (path: string) => void;
}

/** The output of a finished call, cut for the row. */
export function cutOutput(output: string): CutText {
  return firstLines(output, outputLines);
}

/** What the model said, marked where it was cut. Set as text content: its white space is drawn as it is. */
export function said(text: CutText): string {
  return text.text + (text.cut ? ' …' : '');
}

export function callRow(call: CallLook, actions: CallActions): TemplateResult {
  const { result } = call;
  const [verb, rest] = splitTitle(call.title);
  const path = result?.edit?.path;
  const what =
    path !== undefined && rest === path
      ? html`<button
          class="link path"
          title="Open ${path}"
          @click=${() => {
            actions.openFile(path);
          }}
        >
          ${path}
        </button>`
      : html`<span class="what" title=${call.title} .textContent=${rest}></span>`;
  return html`<li class="call ${result === null ? 'running' : result.status}">
    <div class="call-head"><span class="verb" .textContent=${verb}></span>${what}${outcome(call)}</div>
    ${showsOutput(call) ? outputOf(call, actions) : nothing}
  </li>`;
}

function splitTitle(title: string): readonly [string, string] {
  const space = title.indexOf(' ');
  return space < 0 ? [title, ''] : [title.slice(0, space), title.slice(space + 1)];
}

function outcome({ result }: CallLook): TemplateResult {
  if (result === null) return html`<span class="outcome"></span>`;
  const words = [
    ...(result.visible === undefined
      ? []
      : [`${formatCount(result.visible.pass)} of ${formatCount(result.visible.total)}`]),
    ...(result.edit?.lines === undefined ? [] : [formatLines(result.edit.lines)]),
    ...(result.exitCode === undefined ? [] : [`exit ${String(result.exitCode)}`]),
    ...(result.status === 'ok' || result.exitCode !== undefined ? [] : [result.status]),
    ...(result.wallMs >= 950 ? [formatDuration(result.wallMs)] : []),
  ].join(', ');
  const bad = result.status !== 'ok' || (result.exitCode !== undefined && result.exitCode !== 0);
  return bad
    ? html`<span class="outcome">${icon('failed', 'bad')}${words}</span>`
    : html`<span class="outcome" .textContent=${words}></span>`;
}

/** Commands, tests and failures say something worth a glance; what was read or written is one click away. */
function showsOutput({ result, output }: CallLook): boolean {
  if (output.text === '') return false;
  return result?.status !== 'ok' || result.exitCode !== undefined || result.visible !== undefined;
}

function outputOf(call: CallLook, actions: CallActions): TemplateResult {
  const open = html`<button
    class="link"
    @click=${() => {
      actions.openOutput(call.callId);
    }}
  >
    Open Output
  </button>`;
  return html`<pre class="output" .textContent=${call.output.text}></pre>
    ${call.output.cut && call.result !== null ? open : nothing}`;
}

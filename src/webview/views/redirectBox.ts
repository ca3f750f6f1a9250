/**
 * Job: the redirect box: one sentence to the agent, from here on in every prompt (G2).
 * Rules: unsent text is never lost: it survives a reload, and is given back when the redirect is refused.
 */
import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { formatCount } from '../../run/forDisplay.ts';
import type { Directive, RunState } from '../../run/state.ts';
import { shownOf } from '../../run/shown.ts';
import { icon } from '../components/icon.ts';
import { sends } from '../keyboard.ts';
import type { Page } from '../page.ts';

export class RedirectBox extends LitElement {
  static override properties = { page: { attribute: false }, text: { state: true } };
  declare page: Page;
  declare private text: string;

  constructor() {
    super();
    this.text = '';
  }

  protected override createRenderRoot(): this {
    return this;
  }

  focusText(): void {
    const area = this.querySelector('textarea');
    area?.scrollIntoView({ block: 'nearest' });
    area?.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('page') && changed.get('page') === undefined) this.text = this.page.draft.read();
    const { store } = this.page;
    if (store.refusedText !== null) {
      const given = store.refusedText;
      store.refusedText = null;
      this.text = joined(given, this.text);
    }
    this.keep();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { store } = this.page;
    if (store.state.run === null || store.state.ended !== null) return nothing;
    const away = store.connection.kind !== 'attached';
    const sending = store.pendingRedirect;
    return html`<div class="redirect">
      ${directiveLines(store.state).map((directive) => this.line(directive, away))}
      ${sending === null ? nothing : html`<p class="directive dim">Sending: ${sending.text}</p>`}
      <div class="input">
        <textarea
          rows="1"
          aria-label="Redirect"
          placeholder=${away ? 'Redirect: when the engine answers' : 'Redirect: what to do differently'}
          maxlength="8000"
          .value=${this.text}
          @input=${(event: InputEvent) => {
            this.text = (event.target as HTMLTextAreaElement).value;
          }}
          @keydown=${(event: KeyboardEvent) => {
            this.key(event);
          }}
        ></textarea>
        <button
          class="glyph"
          title="Send (Enter)"
          aria-label="Send redirect"
          ?disabled=${!this.canSend()}
          @click=${() => {
            this.send();
          }}
        >
          ${icon('send')}
        </button>
      </div>
    </div>`;
  }

  private line(directive: Directive, away: boolean): TemplateResult {
    const number = `Directive ${formatCount(directive.directive)}`;
    if (directive.sentInStep !== null) {
      return html`<p class="directive dim" title=${directive.text}>
        ${number}, in the prompts since step ${formatCount(directive.sentInStep)}.
      </p>`;
    }
    const withdraw = () => {
      this.page.store.post({ type: 'withdraw', directive: directive.directive });
    };
    return html`<p class="directive" title=${directive.text}>
      ${number}, in the next prompt. <button class="link" ?disabled=${away} @click=${withdraw}>Withdraw</button>
    </p>`;
  }

  private canSend(): boolean {
    const { store } = this.page;
    return this.text.trim() !== '' && store.connection.kind === 'attached' && store.pending === null;
  }

  private key(event: KeyboardEvent): void {
    if (!sends(event)) return;
    event.preventDefault();
    this.send();
  }

  private send(): void {
    if (!this.canSend()) return;
    const { store } = this.page;
    const text = this.text.trim();
    this.text = '';
    store.post({ type: 'redirect', text, shown: shownOf(store.state, store.review?.filesChanged ?? null) });
  }

  /** What is on its way counts as unsent until its entry comes: a page that dies in between has it again. */
  private keep(): void {
    const draft = joined(this.page.store.pendingRedirect?.text ?? '', this.text);
    if (draft !== this.page.draft.read()) this.page.draft.write(draft);
  }
}

function joined(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first}\n${second}`;
}

/** Directives that wait for a prompt, and the newest one that went out in the step in progress. */
function directiveLines(state: RunState): readonly Directive[] {
  const binding = state.directives.filter((d) => !d.withdrawn);
  const newest = binding.at(-1);
  return binding.filter((d) => d.sentInStep === null || (d === newest && d.sentInStep === state.step?.step));
}

customElements.define('belay-redirect', RedirectBox);

/**
 * Job: the box for an answer by hand: pasted, typed, dropped as a file or as text, or chosen.
 * Boundary: what the answer says is judged by the engine; a refusal stands in the state line, and the text stays here.
 * Rules: nothing is sent but by Send: a wrong file costs no step. Unsent text survives a reload, and what a file replaced
 *   can be put back.
 */
import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { limits } from '../../run/limits.ts';
import { stepAskedByHand } from '../../run/status.ts';
import { droppedAnswer, holdsAnswer } from '../drop.ts';
import { sendsAnswer } from '../keyboard.ts';
import type { Page } from '../page.ts';

export class AnswerBox extends LitElement {
  static override properties = { page: { attribute: false }, text: { state: true }, over: { state: true } };
  declare page: Page;
  declare private text: string;
  /** Whether something that can be dropped is held over the box. */
  declare private over: boolean;
  /** What a file took the place of. */
  private replaced = '';
  private question: string | null = null;

  constructor() {
    super();
    this.text = '';
    this.over = false;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { store, answerDraft } = this.page;
    const step = stepAskedByHand(store.state);
    const question = step === null ? null : `${store.state.run?.runId ?? ''} ${String(step)}`;
    if (question !== this.question) {
      this.question = question;
      this.replaced = '';
      this.text = question === null ? '' : answerDraft.read(question);
    }
    if (store.answerFile !== null) {
      if (question !== null) this.replace(store.answerFile);
      store.answerFile = null;
    }
    if (question !== null && changed.has('text' as keyof AnswerBox)) answerDraft.write(question, this.text);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { store } = this.page;
    if (this.question === null) return nothing;
    return html`<section
      class="answer ${this.over ? 'over' : ''}"
      aria-label="Answer by hand"
      @dragenter=${this.hover}
      @dragover=${this.hover}
      @dragleave=${() => {
        this.over = false;
      }}
      @drop=${(event: DragEvent) => {
        void this.drop(event);
      }}
    >
      <textarea
        rows="2"
        aria-label="The answer"
        aria-describedby="answer-how"
        placeholder="Paste the answer, or drop a file with it"
        spellcheck="false"
        maxlength=${limits.answerByHandChars}
        .value=${this.text}
        @input=${(event: InputEvent) => {
          this.text = (event.target as HTMLTextAreaElement).value;
        }}
        @keydown=${(event: KeyboardEvent) => {
          if (!sendsAnswer(event)) return;
          event.preventDefault();
          this.send();
        }}
      ></textarea>
      <p class="how dim" id="answer-how">Hold Shift to drop. Ctrl+Enter sends.</p>
      <div class="buttons">
        <vscode-button ?secondary=${this.text === ''} ?disabled=${!this.canSend()} @click=${this.send}
          >${store.pending === 'answer' ? 'Sending…' : 'Send Answer'}</vscode-button
        >
        <vscode-button
          secondary
          @click=${() => {
            store.post({ type: 'chooseAnswerFile' });
          }}
          >Choose a File…</vscode-button
        >
        ${this.putBack()}
      </div>
    </section>`;
  }

  private putBack(): TemplateResult | typeof nothing {
    if (this.replaced === '') return nothing;
    const swap = () => {
      [this.text, this.replaced] = [this.replaced, this.text];
    };
    return html`<button class="link" title="The text that the file replaced" @click=${swap}>Put Back</button>`;
  }

  private canSend(): boolean {
    const { store } = this.page;
    return this.text.trim() !== '' && store.connection.kind === 'attached' && store.pending === null;
  }

  private readonly send = (): void => {
    const { store } = this.page;
    const step = stepAskedByHand(store.state);
    if (step !== null && this.canSend()) store.post({ type: 'answer', step, text: this.text });
  };

  /** VS Code takes a drag for itself unless the page says that it is the page's. */
  private readonly hover = (event: DragEvent): void => {
    if (event.dataTransfer === null || !holdsAnswer(event.dataTransfer)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = 'copy';
    this.over = true;
  };

  private async drop(event: DragEvent): Promise<void> {
    this.over = false;
    if (event.dataTransfer === null || !holdsAnswer(event.dataTransfer)) return;
    event.preventDefault();
    event.stopPropagation();
    const { store } = this.page;
    const dropped = await droppedAnswer(event.dataTransfer);
    if (dropped.kind === 'refused') store.say({ severity: 'error', text: dropped.message });
    else if (dropped.kind === 'uri') store.post({ type: 'readAnswerFile', uri: dropped.uri });
    else if (dropped.kind === 'text') this.insert(dropped.text);
    else {
      this.replace(dropped.text);
      store.dismissNotice();
    }
  }

  private insert(text: string): void {
    const area = this.querySelector('textarea');
    if (area === null) return;
    area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
    this.text = area.value.slice(0, limits.answerByHandChars);
  }

  private replace(text: string): void {
    if (this.text !== '' && this.text !== text) this.replaced = this.text;
    this.text = text;
  }
}

customElements.define('belay-answer', AnswerBox);

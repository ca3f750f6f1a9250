/**
 * Job: the Run view as a whole: state line, gate, figures, log, redirect box; a projection of the journal.
 * Boundary: draws what the store holds and posts what the supervisor asks; decides nothing.
 */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { LitElement, html, nothing, type TemplateResult } from 'lit';
import type { Disposable } from '../../base/disposable.ts';
import type { RollbackPlan } from '../../protocol/messages.ts';
import type { CheckpointSummary, StepSummary } from '../../run/state.ts';
import type { Page } from '../page.ts';
import { rowsOf, type Row } from '../rows.ts';
import { styles } from '../styles.ts';
import { figures } from './figures.ts';
import { gateBox } from './gateBox.ts';
import './log.ts';
import './redirectBox.ts';
import type { RedirectBox } from './redirectBox.ts';
import { rollbackBox } from './rollbackBox.ts';
import { stateLine } from './stateLine.ts';

export class RunView extends LitElement {
  static override styles = [...styles];
  static override properties = { page: { attribute: false } };
  declare page: Page | undefined;
  private subscription: Disposable | undefined;
  private rowsFrom:
    | {
        readonly steps: readonly StepSummary[];
        readonly older: readonly StepSummary[];
        readonly checkpoints: readonly CheckpointSummary[];
      }
    | undefined;
  private rows: readonly Row[] = [];
  private planShown: RollbackPlan | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    // A fragment is the step in progress's own affair: the page is not drawn again for it.
    this.subscription = this.page?.store.changed.event((what) => {
      if (what === 'all') this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.subscription?.dispose();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { page } = this;
    if (page?.store.known !== true) return nothing;
    const { store } = page;
    const name = store.state.run?.task.name;
    return html`<main>
      <h1 class="visually-hidden">${name === undefined ? 'Run' : `Run: ${name}`}</h1>
      <div class="top">
        ${stateLine(page)}
        ${gateBox(store, () => {
          this.focusRedirect();
        })}
        ${rollbackBox(store)} ${figures(page)}
      </div>
      ${
        store.state.run === null
          ? nothing
          : html`<belay-log .store=${store} .rows=${this.currentRows(page)} .seq=${store.state.seq}></belay-log>
              <belay-redirect .page=${page}></belay-redirect>`
      }
    </main>`;
  }

  protected override updated(): void {
    // The box reads the store when it draws; it has no property that says that the store changed.
    this.redirectBox()?.requestUpdate();
    this.showNewPlan();
  }

  /** A plan may have been asked for in the Checkpoints view, while this page was scrolled elsewhere. */
  private showNewPlan(): void {
    const plan = this.page?.store.plan ?? null;
    if (plan !== null && plan !== this.planShown)
      this.renderRoot.querySelector('.plan')?.scrollIntoView({ block: 'nearest' });
    this.planShown = plan;
  }

  private redirectBox(): RedirectBox | null {
    return this.renderRoot.querySelector<RedirectBox>('belay-redirect');
  }

  focusRedirect(): void {
    this.redirectBox()?.focusText();
  }

  private currentRows({ store }: Page): readonly Row[] {
    const { steps, checkpoints } = store.state;
    const { older } = store;
    const from = this.rowsFrom;
    if (from?.steps !== steps || from.older !== older || from.checkpoints !== checkpoints) {
      this.rowsFrom = { steps, older, checkpoints };
      this.rows = rowsOf(store.steps(), checkpoints);
    }
    return this.rows;
  }
}

customElements.define('belay-run', RunView);

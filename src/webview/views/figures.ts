/**
 * Job: the two pass rates, and what is spent of the limits.
 * Rules: H2 "Not sealed" stands beside the held-out number. H4 held-out stands as of the last gate, with "Show now". Every
 *   figure names its checkpoint and how far behind it is.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { contextWords } from '../../run/contextWords.ts';
import { debtOf } from '../../run/debt.ts';
import { debtIntervalWords, debtNotes, debtValue, debtVerdict } from '../../run/debtWords.ts';
import { forecastBrief } from '../../run/forecastWords.ts';
import { forecastOfRun } from '../../run/report/reportFigures.ts';
import type { SuiteName } from '../../run/entry.ts';
import { lagWords, sampleIntervalWords, sampleRateWords } from '../../run/sampleWords.ts';
import type { RunState, SampleFigure } from '../../run/state.ts';
import {
  cacheWords,
  capitalised,
  formatCount,
  formatCounted,
  formatPoints,
  formatRate,
  formatTokens,
  visibleControls,
} from '../../run/forDisplay.ts';
import {
  isCostRecorded,
  limitUses,
  pace,
  spentOfLimit,
  spentWords,
  usdBrief,
  usdPerCase,
  usdWords,
  type LimitUse,
} from '../../run/costs.ts';
import { figureTitle, notSealed, sampleTitle, troubleOf } from '../../run/status.ts';
import {
  lagOf,
  placeWords,
  standingDebt,
  standingFigure,
  standingSample,
  standingTrend,
  standsAtWords,
  type StandingFigure,
} from '../../run/standing.ts';
import { icon } from '../components/icon.ts';
import { shareBar, sparkline } from '../components/sparkline.ts';
import type { SeenFigure } from '../looks.ts';
import type { Page } from '../page.ts';
import type { RunStore } from '../store.ts';

export function figures(page: Page): TemplateResult | typeof nothing {
  const { state } = page.store;
  if (state.run === null) return nothing;
  return html`<dl class="figures" aria-label="Figures">
    ${rateRow(page, 'visible', 'Visible')} ${state.run.task.hasHeldOut ? rateRow(page, 'heldOut', 'Held-out') : nothing}
    ${debtRow(page)} ${spentRow(page)} ${otherLimit(page)}
  </dl>`;
}

/** Visible minus held-out of the checkpoint that the held-out row is of (H4); nothing before both are known. */
function debtRow({ store: { state } }: Page): TemplateResult | typeof nothing {
  const counts = standingDebt(state);
  const debt = counts && debtOf(counts);
  if (counts === null || debt === null) return nothing;
  const title = [
    `Visible ${formatRate(counts.visible)}, held-out ${formatRate(counts.heldOut)} at ${placeWords(state, counts.checkpoint)}`,
    ...debtNotes(counts),
  ];
  return html`<div class="figure" title=${title.join('\n')}>
    <dt>Debt</dt>
    <dd class="value">${debtValue(counts)}</dd>
    <dd class="below">
      <span class="dim">${debtIntervalWords(debt)}</span>
      ${debt.significant ? flag(debtVerdict(debt)) : html`<span class="dim">${debtVerdict(debt)}</span>`}
    </dd>
  </div>`;
}

/** For the eye only, while the figures themselves are scrolled out of sight. */
export function figuresInBrief({ state }: RunStore): TemplateResult {
  const hasHeldOut = state.run?.task.hasHeldOut === true;
  const unsealed = hasHeldOut ? notSealed(state) : null;
  return html`<div class="brief" aria-hidden="true">
    ${rateInBrief(state, 'visible', 'Visible')} ${hasHeldOut ? rateInBrief(state, 'heldOut', 'Held-out') : nothing}
    ${unsealed === null ? nothing : html`<span class="flag" title=${unsealed.why}>${icon('problem')}${unsealed.word}</span>`}
    <span>${usdBrief(state, state.budget.spentUsd) || spentWords(state)}</span>
  </div>`;
}

function rateInBrief(state: RunState, suite: SuiteName, name: string): TemplateResult {
  const figure = standingFigure(state, suite);
  const stands = figure === null || standsAtWords(figure, state) === '' ? '' : ` at ${formatCount(figure.checkpoint)}`;
  return html`<span>${name} <b>${formatRate(figure)}</b>${stands}</span>`;
}

function rateRow(page: Page, suite: SuiteName, name: string): TemplateResult {
  const { store, looks } = page;
  const figure = standingFigure(store.state, suite);
  const rates = standingTrend(store.state, suite)
    .filter((f) => f.total > 0)
    .map((f) => f.pass / f.total);
  const baseline = looks.baselineOf(store.state, suite);
  return html`<div class="figure" title=${rateTitle(store, suite, baseline)}>
    <dt>${name}</dt>
    <dd class="value">${formatRate(figure)}</dd>
    <dd class="trend">${sparkline(rates)}</dd>
    <dd class="points">${points(figure, baseline)}</dd>
    ${belowRate(store, suite)}
  </div>`;
}

function points(last: SeenFigure | null, baseline: SeenFigure | null): TemplateResult | typeof nothing {
  if (last === null || baseline === null || baseline.checkpoint === last.checkpoint) return nothing;
  const text = formatPoints(last, baseline);
  const sign = text.startsWith('+') ? icon('rose', 'rose') : text.startsWith('±') ? nothing : icon('fell', 'fell');
  return html`${sign}${text}`;
}

/** What must be read with the number, in words and not in a tooltip only. */
function belowRate(store: RunStore, suite: SuiteName): TemplateResult | typeof nothing {
  const { last, running, problem, buildSaid } = store.state.figures[suite];
  const figure = standingFigure(store.state, suite);
  const measured = figure?.measured ?? null;
  const unsealed = suite === 'heldOut' ? notSealed(store.state) : null;
  const progress = store.live.verifying.get(suite);
  const waits = progress?.waits === true;
  const verifying = waits
    ? html`<span class="dim">waits for what runs now</span>`
    : running === null
      ? nothing
      : html`<span class="dim"
          >verifying
          ${formatCount(running.checkpoint)}${progress === undefined ? '' : `: ${formatCount(progress.done)} of ${formatCount(progress.total)}`}</span
        >`;
  const broken = problem === null ? (measured?.buildOk === false ? 'The build failed' : null) : problem.message;
  const trouble = measured === null || problem !== null ? '' : troubleOf(measured);
  const stands = standsAt(store, suite, figure);
  const sample = suite === 'visible' ? standingSample(store.state) : null;
  const doubts = suite === 'visible' ? doubtsIn(store) : [];
  const canShow = suite === 'heldOut' && running === null && !waits && canLook(store);
  // Without a build no case tells anything.
  const failing = suite === 'visible' && measured?.buildOk === true ? measured.total - measured.pass : 0;
  const quiet =
    unsealed === null &&
    failing === 0 &&
    running === null &&
    !waits &&
    broken === null &&
    trouble === '' &&
    stands === '' &&
    sample === null &&
    doubts.length === 0;
  if (quiet && !canShow) return nothing;
  return html`<dd class="below">
    ${unsealed === null ? nothing : html`<span class="flag" title=${unsealed.why}>${icon('problem')}${unsealed.word}</span>`}
    ${stands === '' ? nothing : html`<span class="dim">${stands}</span>`}
    ${sample === null ? nothing : sampleNote(store.state, sample)} ${broken === null ? nothing : flag(broken)}
    ${failing === 0 ? nothing : failingLink(store, failing)} ${trouble === '' ? nothing : flag(trouble)}
    ${doubts.map((words) => flag(words))} ${verifying}
    ${
      canShow
        ? html`<button
            class="link"
            title="Verifies the newest checkpoint; the look is counted"
            @click=${() => {
              store.post({ type: 'showHeldOut' });
            }}
          >
            Show now
          </button>`
        : nothing
    }
    ${suite === 'visible' && problem === null && measured === last && buildSaid !== null ? buildOutput(buildSaid) : nothing}
  </dd>`;
}

/** The whole suite was run a while ago: the newest sample says how it may stand now. */
function sampleNote(state: RunState, sample: SampleFigure): TemplateResult {
  return html`<span class="dim" title=${sampleTitle(sample, state)}
      >Sample at ${formatCount(sample.checkpoint)}: ${sampleRateWords(sample)}, ${sampleIntervalWords(sample)}</span
    >${sample.buildOk ? nothing : flag(`The build failed at checkpoint ${formatCount(sample.checkpoint)}`)}`;
}

function failingLink(store: RunStore, failing: number): TemplateResult {
  return html`<button
    class="link"
    title="Names the visible cases that do not pass, those first that passed before"
    @click=${() => {
      store.post({ type: 'showFailing' });
    }}
  >
    ${formatCount(failing)} failing…
  </button>`;
}

/** What makes the figures doubtful as of the newest check. */
function doubtsIn({ state }: RunStore): readonly string[] {
  const grave = (state.integrity.last?.flags ?? []).filter(({ severity }) => severity !== 'listed');
  return grave.map(({ text }) => visibleControls(capitalised(text)));
}

/** After a rollback or a rejection: which checkpoint the figure is of, or that there is none. */
function standsAt({ state }: RunStore, suite: SuiteName, figure: StandingFigure | null): string {
  if (state.figures[suite].last === null) return '';
  if (figure === null) return 'not verified';
  const stands = standsAtWords(figure, state);
  // Beside a sample each figure says of which checkpoint it is.
  if (stands !== '' || suite === 'heldOut' || standingSample(state) === null) return stands;
  const lag = lagWords(lagOf(state, figure.checkpoint));
  return `All ${formatCount(figure.total)} at checkpoint ${formatCount(figure.checkpoint)}, ${lag}`;
}

function flag(words: string): TemplateResult {
  return html`<span class="flag" title=${words}>${icon('problem')}<span class="clip">${words}</span></span>`;
}

function buildOutput(said: string): TemplateResult {
  return html`<details class="build-output">
    <summary>Output</summary>
    <pre class="output" .textContent=${visibleControls(said)}></pre>
  </details>`;
}

function canLook({ connection, state }: RunStore): boolean {
  // A run that has ended verifies nothing any more.
  if (connection.kind !== 'attached' || state.ended !== null) return false;
  return state.head !== null && state.figures.heldOut.last?.checkpoint !== state.head;
}

function rateTitle(store: RunStore, suite: SuiteName, baseline: SeenFigure | null): string {
  const figure = standingFigure(store.state, suite);
  if (figure === null && store.state.figures[suite].last !== null)
    return 'Nothing is verified where the workspace stands now';
  if (figure === null)
    return suite === 'heldOut' ? 'Held-out cases are verified at gates' : 'No checkpoint is verified yet';
  const lines = [figureTitle(figure, store.state)];
  if (baseline !== null && baseline.checkpoint !== figure.checkpoint) {
    lines.push(`${formatRate(baseline)} at ${placeWords(store.state, baseline.checkpoint)}, as you last saw it`);
  }
  if (suite === 'heldOut')
    lines.push(`As of the last gate; looked at ${formatCounted(store.state.heldOutLooks, 'time')}`);
  const unsealed = suite === 'heldOut' ? notSealed(store.state) : null;
  if (unsealed !== null) lines.push(`Not sealed: ${unsealed.why}`);
  return lines.join('\n');
}

function spentRow({ store, timeOfDay }: Page): TemplateResult {
  const cost = limitUses(store.state, store.now()).find((use) => use.kind === 'costUsd');
  return html`<div class="figure" title=${spentTitle(store, timeOfDay)}>
    <dt>${isCostRecorded(store.state) ? 'Recorded' : 'Spent'}</dt>
    <dd class="value">${spentOfLimit(store.state)}</dd>
    <dd class="bar">${cost === undefined ? nothing : shareBar({ label: 'Spent of the limit', ...cost })}</dd>
  </div>`;
}

function spentTitle(store: RunStore, timeOfDay: (at: number) => string): string {
  const { reservedUsd, tokens, estimatedTokens } = store.state.budget;
  const cached = cacheWords(store.state.budget);
  const context = contextWords(store.state);
  const speed = pace(store.state, store.now());
  const perCase = usdPerCase(store.state);
  const told = forecastOfRun(store.state)?.forecast;
  const endsAt = speed?.endsAt ?? null;
  return [
    ...(isCostRecorded(store.state) ? ['Nothing is spent now: this is what the recorded run cost'] : []),
    ...(reservedUsd > 0 ? [`Reserved ${usdWords(store.state, reservedUsd)}`] : []),
    ...(store.state.run?.task.model.price === null ? ['Belay does not know what this model costs'] : []),
    `${formatTokens(tokens)} tokens${cached === '' ? '' : `; ${cached}`}`,
    ...(estimatedTokens > 0
      ? [`${formatTokens(estimatedTokens)} of them counted by Belay: no usage was reported`]
      : []),
    ...(context === null ? [] : [context]),
    ...(speed === null ? [] : [`${usdWords(store.state, speed.usdPerHour)} an hour`]),
    ...(perCase === null ? [] : [`${usdWords(store.state, perCase)} a visible case gained`]),
    ...(told?.kind !== 'band' ? [] : [`Forecast: ${forecastBrief(told)}`]),
    ...(endsAt === null ? [] : [`The limit is reached ${timeOfDay(endsAt)} at this pace`]),
    ...limitUses(store.state, store.now())
      .filter((u) => u.kind !== 'costUsd')
      .map((u) => `${limitNames[u.kind]} ${u.text}`),
  ].join('\n');
}

const limitNames: Readonly<Record<LimitUse['kind'], string>> = {
  costUsd: 'Spent',
  tokens: 'Tokens',
  wallMs: 'Time',
  steps: 'Steps',
};
const tightShare = 0.8;

/** The limit that ends the run before the dollars do, when one is near or dollars have none. */
function otherLimit({ store }: Page): TemplateResult | typeof nothing {
  const uses = limitUses(store.state, store.now());
  const cost = uses.find((u) => u.kind === 'costUsd');
  const tightest = uses.find((u) => u.kind !== 'costUsd');
  if (tightest === undefined || (cost !== undefined && tightest.share < Math.max(tightShare, cost.share)))
    return nothing;
  const name = limitNames[tightest.kind];
  return html`<div class="figure">
    <dt>${name}</dt>
    <dd class="value">${tightest.text}</dd>
    <dd class="bar">${shareBar({ label: `${name} of the limit`, ...tightest })}</dd>
  </div>`;
}

/**
 * Job: the words of the report that the page, its Markdown and the command line share, so that each fact is said one way.
 * Boundary: pure; who shows a time of day formats it.
 */
import type { CaseIsolation, VerdictKind } from '../entry.ts';
import {
  capitalised,
  formatCount,
  formatCounted,
  formatRate,
  formatTokens,
  formatUsd,
  formatUsdLimit,
  joinWords,
} from '../forDisplay.ts';
import { debtWords, rateIntervalWords, sinceGateWords } from '../debtWords.ts';
import { literalsWords, severityWords, type IntegrityPlace } from '../integrity.ts';
import { somePathsInWords } from '../pathWords.ts';
import { lagWords, sampleIntervalWords, sampleNotes, sampleRateWords } from '../sampleWords.ts';
import { putBackWords } from '../standing.ts';
import type {
  ChangedCase,
  ChangedKind,
  Listed,
  ModelSpend,
  ReportCases,
  ReportDirective,
  ReportFigure,
  ReportFinding,
  ReportGate,
  ReportRollback,
  ReportSample,
  ReportStop,
  RunReport,
  Spend,
  SpendKind,
} from './report.ts';

const leftWords: Readonly<Record<NonNullable<ReportFigure['left']>, string>> = {
  ...putBackWords,
  rolledBack: 'which a rollback has left',
};

/** "287 of 326 (88.0 %), checkpoint 31, 3 behind (12 min)"; "not verified yet". */
export function figureWords(figure: ReportFigure | null): string {
  if (figure === null) return 'not verified yet';
  const { pass, total } = figure;
  return `${formatCount(pass)} of ${formatCount(total)} (${formatRate(figure)}), ${reportPlaceWords(figure)}`;
}

/** "82.0 % of 50 drawn from 326, checkpoint 34, 95 % at any look: 66.4–92.5 %, 264 not run"; empty where no sample is newer. */
export function reportSampleWords(sample: ReportSample | null): string {
  if (sample === null) return '';
  return [sampleRateWords(sample), reportPlaceWords(sample), sampleIntervalWords(sample), ...sampleNotes(sample)].join(
    ', ',
  );
}

/** "checkpoint 31, 3 behind (12 min)", "checkpoint 31, before the rejection" */
export function reportPlaceWords(figure: ReportFigure): string {
  const note = leftNote(figure) || (figure.behind === undefined ? '' : lagWords(figure.behind));
  return `checkpoint ${formatCount(figure.checkpoint)}${note === '' ? '' : `, ${note}`}`;
}

/** The same with how far it may lie off, and what changed since the last gate. Not for a best of many: that one is chosen. */
export function measuredWords(figure: ReportFigure | null): string {
  const notes = [figureWords(figure), rateIntervalWords(figure), sinceGateWords(figure?.sinceGate)];
  return notes.filter((note) => note !== '').join(', ');
}

/** "+4.3 points (95 %: 0.8 to 7.9), hardly by chance, checkpoint 31" */
export function reportDebtWords({ debt }: RunReport): string {
  return debt === null ? 'not known yet' : `${debtWords(debt)}, checkpoint ${formatCount(debt.checkpoint)}`;
}

/** What has become of the figure's tree: "before the rejection"; empty where it still lies in the folder. */
function leftNote(figure: ReportFigure | null): string {
  return figure?.left === undefined ? '' : leftWords[figure.left];
}

/** What must be read beside the held-out figure: as of when, how often looked at, and whether it is sealed. */
export function heldOutNotes({ run, heldOutAsOf, heldOutLooks }: RunReport): readonly string[] {
  if (run?.hasHeldOut !== true) return [];
  const { sealed, reasons, unsealedBy, notSearched = [] } = run.seal;
  const by = unsealedBy === undefined ? [] : [`allowed by ${unsealedBy}`];
  return [
    ...(heldOutAsOf === null ? [] : [`as of ${heldOutAsOf}`]),
    heldOutLooks === 1 ? 'looked at once' : `looked at ${formatCounted(heldOutLooks, 'time')}`,
    ...(sealed ? [] : [`not sealed: ${[...reasons, ...by].join('; ')}`]),
    ...(notSearched.length === 0 ? [] : [`not searched: ${joinWords(notSearched)}`]),
  ];
}

/** "accepted by anna@host", "rolled back to 24 by …", "open" */
export function decisionWords({ decided }: ReportGate): string {
  if (decided === null) return 'open';
  const { decision, by, to } = decided;
  const what =
    decision === 'accept'
      ? 'accepted'
      : decision === 'redirect'
        ? 'redirected'
        : `rolled back to ${formatCount(to ?? 0)}`;
  return `${what} by ${by}`;
}

/** What the supervisor had before their eyes (G3): "visible 88.0 % of checkpoint 15, held-out 71.4 %, 61 files, $41.20". */
export function shownWords({ decided }: ReportGate): string {
  if (decided === null) return '';
  const { checkpoint, visibleRate, heldOutRate, visibleAt, heldOutAt, filesChanged, spentUsd } = decided.shown;
  const rate = (name: string, value: number | null, at = checkpoint) =>
    value === null
      ? []
      : [`${name} ${(value * 100).toFixed(1)} %${at === checkpoint ? '' : ` of checkpoint ${formatCount(at)}`}`];
  return [
    ...rate('visible', visibleRate, visibleAt),
    ...rate('held-out', heldOutRate, heldOutAt),
    formatCounted(filesChanged, 'file'),
    formatUsd(spentUsd),
  ].join(', ');
}

export function gateReasonWords({ reasons }: ReportGate): string {
  return capitalised(reasons.map(({ text }) => text).join('; '));
}

/** "steps 12 to 31 (20)", "step 12", "waits for the next request" */
export function underWords({ steps, withdrawn }: ReportDirective): string {
  if (steps === null) return withdrawn === null ? 'waits for the next request' : 'no step';
  const { first, last, count } = steps;
  return first === last
    ? `step ${formatCount(first)}`
    : `steps ${formatCount(first)} to ${formatCount(last)} (${formatCount(count)})`;
}

export function rollbackWordsOf(r: ReportRollback): string {
  const parts = [
    `${formatCount(r.written)} written`,
    `${formatCount(r.deleted)} deleted`,
    `${formatCount(r.kept)} kept`,
  ];
  const conflicts = r.conflicts === 0 ? [] : [formatCounted(r.conflicts, 'conflict')];
  const of = r.paths === undefined ? '' : `${r.isHunk === true ? 'part of ' : ''}${somePathsInWords(r.paths)}, `;
  return `${of}${r.undo ? 'Rollback undone' : `Back to checkpoint ${formatCount(r.to)}`}: ${[...parts, ...conflicts].join(', ')}`;
}

const stopNames: Readonly<Record<ReportStop['kind'], string>> = {
  pause: 'Paused',
  stop: 'Stop',
  restart: 'Engine',
  end: 'End',
};

/** "Paused · budget" */
export function stopWords({ kind, reason }: ReportStop): string {
  return reason === null ? stopNames[kind] : `${stopNames[kind]} · ${reason}`;
}

/** "$41.20 of $60"; says where the sum is a guess or not known. */
export function spentTotal(spend: Spend): string {
  if (spend.certainty === 'unknown') return 'cost not known';
  const of = spend.hardUsd === null ? '' : ` of ${formatUsdLimit(spend.hardUsd)}`;
  return `${spend.certainty === 'estimated' ? 'about ' : ''}${formatUsd(spend.totalUsd)}${of}`;
}

export interface SpendRow {
  readonly name: string;
  readonly tokens: string;
  /** Dollars; "not known" without a price. */
  readonly usd: string;
}

/** "$0.09", "≈ $0.09" where tokens are Belay's own count, "not known" without a price. */
export function usdIn(certainty: Spend['certainty'], usd: number): string {
  if (certainty === 'unknown') return 'not known';
  return `${certainty === 'estimated' ? '≈ ' : ''}${formatUsd(usd)}`;
}

/** The table of the spend; kinds that the run never used are left out, save input and output. */
export function spendRows({ kinds, failed, totalUsd, tokens, certainty }: Spend): readonly SpendRow[] {
  const usd = (value: number) => usdIn(certainty, value);
  const row = (name: string, kind: SpendKind): SpendRow => ({
    name,
    tokens: formatTokens(kind.tokens),
    usd: usd(kind.usd),
  });
  const used = (name: string, kind: SpendKind) => (kind.tokens === 0 ? [] : [row(name, kind)]);
  return [
    row('Input, fresh', kinds.input),
    ...used('Input, read from the cache', kinds.cachedInput),
    ...used('Input, written to the cache', kinds.cacheWriteInput),
    row('Output', kinds.output),
    ...(failed.calls === 0 ? [] : [row(`${formatCounted(failed.calls, 'failed call')}, as reserved`, failed)]),
    row('Together', { tokens, usd: totalUsd }),
  ];
}

/** What must be said of the dollars, one sentence each. */
export function spendNotes(
  { certainty, estimated, usdPerHour, usdPerCase, reservedUsd, calls, models }: Spend,
  model: { readonly priceFrom: string } | null,
): readonly string[] {
  const from = model === null ? '' : model.priceFrom;
  return [
    ...(certainty === 'unknown'
      ? ['What the calls cost is not known to Belay: no price is known for this model.']
      : [`Dollars are by the price of ${from}.`]),
    ...(estimated.calls === 0
      ? []
      : [
          `${formatCount(estimated.calls)} of ${formatCounted(calls, 'answer')} came without a count of tokens: Belay estimated them${certainty === 'unknown' ? '' : ` (${formatUsd(estimated.usd)})`}.`,
        ]),
    ...(reservedUsd > 0 && certainty !== 'unknown'
      ? [`${usdIn(certainty, reservedUsd)} are reserved for the call in progress.`]
      : []),
    ...(usdPerHour === null ? [] : [`${usdIn(certainty, usdPerHour)} an hour of running.`]),
    ...(usdPerCase === null ? [] : [`${usdIn(certainty, usdPerCase)} for each visible case gained.`]),
    ...(models.length < 2 ? [] : models.map((model) => modelWords(model, certainty))),
  ];
}

/** "gpt-5: $12.40 in 210 calls, 3.1 M tokens, 88 % of its input from the cache." */
function modelWords({ name, usd, calls, tokens, cachedShare }: ModelSpend, certainty: Spend['certainty']): string {
  const cached = cachedShare === 0 ? '' : `, ${(cachedShare * 100).toFixed(0)} % of its input from the cache`;
  return `${name}: ${usdIn(certainty, usd)} in ${formatCounted(calls, 'call')}, ${formatTokens(tokens)} tokens${cached}.`;
}

/** "The newest 500 of 812." where a list was cut; else empty. */
export function cutNote({ items, total }: Listed<unknown>): string {
  return items.length === total ? '' : `The newest ${formatCount(items.length)} of ${formatCount(total)}.`;
}

/** "Gate · cmark.pl:12–40, lib/a.pl:3 and 7 more" without its sentence; "gone at checkpoint 31". */
export function findingNotes({ flag, goneAt }: ReportFinding): readonly string[] {
  const { places, placesTotal, severity } = flag;
  const more = placesTotal - places.length;
  const where = places.map(placeText).join(', ');
  return [
    severityWords[severity],
    ...(where === '' ? [] : [more > 0 ? `${where} and ${formatCount(more)} more` : where]),
    ...(goneAt === null ? [] : [`gone at checkpoint ${formatCount(goneAt)}`]),
  ];
}

/** "cmark.pl:12–40", "cmark.pl:12"; without lines the file alone. */
export function placeText({ path, first, last }: IntegrityPlace): string {
  if (first === 0) return path;
  return first === last ? `${path}:${String(first)}` : `${path}:${String(first)}–${String(last)}`;
}

/** What the newest check looked for and what it could not, one sentence each. */
export function integrityNotes({ integrity }: Pick<RunReport, 'integrity'>): readonly string[] {
  if (integrity === null) return ['No checkpoint was checked yet.'];
  const { checkpoint, duals, notChecked } = integrity;
  return [
    `Checked last at checkpoint ${formatCount(checkpoint)}.`,
    `Expected outputs of visible cases in the source: ${literalsWords(integrity)}.`,
    ...(duals === undefined
      ? []
      : [
          `Of visible cases that pass, with other words and numbers in them, ${formatCount(duals.pass)} of ${formatCount(duals.total)} pass (${rateIntervalWords(duals)}).`,
        ]),
    ...notChecked.map((why) => `Not checked: ${why}.`),
  ];
}

const isolationNames: Readonly<Record<CaseIsolation['kind'], string>> = {
  namespaces: 'each case in namespaces of its own',
  sandboxes: 'each case in a sandbox of its own',
  none: 'cases not kept apart: there is no sandbox',
};

/** How the cases were kept apart: "each case in a sandbox of its own: no Perl"; empty where it is not known. */
export function isolationWords(isolation: CaseIsolation | null): string {
  if (isolation === null) return '';
  return `${isolationNames[isolation.kind]}${isolation.kind === 'sandboxes' ? `: ${isolation.why}` : ''}`;
}

export const verdictWords: Readonly<Record<VerdictKind, string>> = {
  pass: 'passes',
  fail: 'fails',
  error: 'could not be run',
  timeout: 'takes too long',
  flaky: 'passes now and then',
};

export const changedWords: Readonly<Record<ChangedKind, string>> = {
  regressed: 'regressed',
  flaky: 'flaky',
  repaired: 'repaired',
};

/** "passed at 12, failed at 137": what a case did, from the first change that is kept. */
export function changesWords({ changes, total }: ChangedCase): string {
  const did: Readonly<Record<VerdictKind, string>> = {
    pass: 'passed',
    fail: 'failed',
    error: 'could not be run',
    timeout: 'took too long',
    flaky: 'was flaky',
  };
  const words = changes.map(({ checkpoint, verdict }) => `${did[verdict]} at ${formatCount(checkpoint)}`).join(', ');
  return total > changes.length ? `… ${words}` : words;
}

/** What the table of cases leaves out, one sentence each. */
export function casesNotes({ changed, gained, unread }: ReportCases): readonly string[] {
  return [
    ...(changed.total === 0 ? ['No case that passed was lost since.'] : []),
    ...(changed.items.length < changed.total
      ? [`${formatCount(changed.items.length)} of ${formatCount(changed.total)} cases: those that are lost first.`]
      : []),
    ...(gained === 0 ? [] : [`${formatCounted(gained, 'more case')} began to pass and stayed so.`]),
    ...(unread === 0 ? [] : [`The verdicts of ${formatCounted(unread, 'verification')} can’t be read.`]),
  ];
}

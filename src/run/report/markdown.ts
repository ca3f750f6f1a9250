/**
 * Job: the whole report as one Markdown document, for a colleague, an issue or an archive.
 * Boundary: pure; the caller says how a time of day is written. Everything that is not ours goes through `plain`.
 * Rules: H4, G3: what stands here is what the report holds. Sections with nothing are left out.
 */
import { capitalised, formatCount, formatCounted, formatDurationLong, formatRate, forkWords } from '../forDisplay.ts';
import { forecastSentences } from '../forecastWords.ts';
import { notRunNotes } from '../debtWords.ts';
import { plain, section, table } from './markdownText.ts';
import type { Curve, CurvePoint, Listed, ReportRun, ReportStop, RunReport, Spend } from './report.ts';
import { thinned } from './thin.ts';
import { cases, debtByTag, integrity } from './truthMarkdown.ts';
import {
  cutNote,
  decisionWords,
  figureWords,
  gateReasonWords,
  heldOutNotes,
  isolationWords,
  measuredWords,
  reportSampleWords,
  reportDebtWords,
  rollbackWordsOf,
  shownWords,
  spendNotes,
  spendRows,
  spentTotal,
  stopWords,
  underWords,
  usdIn,
} from './words.ts';

/** A table of more rows is no table for a reader; the page and `--json` have them all. */
const curveRows = 60;

/** @param time a time of day and date in words, of ms since the epoch */
export function reportMarkdown(report: RunReport, time: (at: number) => string): string {
  const { run } = report;
  if (run === null) return '# Run Report\n\nThe run has no entry yet.\n';
  const sections = [
    head(report, run, time),
    curve(report),
    cases(report),
    debtByTag(report),
    integrity(report),
    forecast(report),
    spend(report, run, time),
    gates(report, time),
    rollbacks(report, time),
    rejections(report, time),
    regressions(report),
    directives(report, time),
    stops(report, time),
    looks(report, time),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function head(report: RunReport, run: ReportRun, time: (at: number) => string): string {
  const { figures, standing, time: spans, checkpoints, best } = report;
  const heldOut = run.hasHeldOut
    ? [
        ['Held-out', [measuredWords(figures.heldOut), ...heldOutNotes(report)].map(plain).join('; ')],
        [
          'Correctness debt',
          [reportDebtWords(report), ...(report.debt ? notRunNotes(report.debt) : [])].map(plain).join('; '),
        ],
      ]
    : [];
  const rows = [
    ['State', plain([standing.word, standing.detail].filter((word) => word !== '').join(': '))],
    ['Visible', measuredWords(figures.visible)],
    ...(report.sample === null ? [] : [['Visible, sample', reportSampleWords(report.sample)]]),
    ...heldOut,
    ...(report.isolation === null ? [] : [['Cases were run', plain(isolationWords(report.isolation))]]),
    ['Best visible', figureWords(best)],
    ['Spent', spentTotal(report.spend)],
    ['Steps', formatCount(report.steps)],
    [
      'Checkpoints',
      `${formatCount(checkpoints.total)}, accepted ${formatCount(checkpoints.accepted)}, ${formatCounted(checkpoints.supervisor, 'edit')} of the supervisor`,
    ],
    [
      'Time',
      `${formatDurationLong(spans.runningMs)} running, ${formatDurationLong(spans.gatesMs)} at gates, ${formatDurationLong(spans.stoppedMs)} stopped`,
    ],
    ['Model', plain(`${run.model.name} (${run.model.provider})`)],
    ['Folder', plain(run.workspace)],
    [
      'Started',
      `${plain(time(run.createdAt))} by ${plain(run.supervisor)}${run.forkedFrom ? `, ${plain(forkWords(run.forkedFrom))}` : ''}`,
    ],
    ['Run', `${plain(run.runId)}, Belay ${plain(run.belay)}`],
  ];
  const title = `# Run Report: ${plain(run.name)}`;
  return [title, `As of ${plain(time(report.at))}, entry ${formatCount(report.seq)}.`, table(['', ''], rows)].join(
    '\n\n',
  );
}

function curve({ curves, run, spend: { certainty }, gates: { items } }: RunReport): string {
  const pinned = items.map(({ checkpoint }) => checkpoint);
  const curveTable = (name: string, { points, total }: Curve) => {
    if (points.length === 0) return [];
    const shown = thinned(points, curveRows, pinned);
    const note =
      shown.length === total
        ? ''
        : `\n\n${formatCount(shown.length)} of ${formatCounted(total, 'checkpoint')}: gates, highest and lowest are kept.`;
    return [
      `### ${name}\n\n${table(
        ['Checkpoint', 'Step', 'Spent', 'Passed', 'Rate'],
        shown.map((point) => pointRow(point, certainty)),
        [0, 1, 2, 3, 4],
      )}${note}`,
    ];
  };
  const tables = [
    ...curveTable('Visible', curves.visible),
    ...(run?.hasHeldOut === true ? curveTable('Held-out, as gates and looks showed it', curves.heldOut) : []),
  ];
  return tables.length === 0 ? '' : ['## Pass rate', ...tables].join('\n\n');
}

function pointRow(point: CurvePoint, certainty: Spend['certainty']): readonly string[] {
  const { checkpoint, step, costUsd, pass, total, buildOk } = point;
  const rate = buildOk ? formatRate(point) : `${formatRate(point)}, the build failed`;
  return [
    formatCount(checkpoint),
    formatCount(step),
    usdIn(certainty, costUsd),
    `${formatCount(pass)} of ${formatCount(total)}`,
    rate,
  ];
}

function forecast({ forecast: told }: RunReport): string {
  return told === null ? '' : section('Forecast', [forecastSentences(told.forecast, told.policy).map(plain).join(' ')]);
}

function spend({ spend, limitChanges }: RunReport, run: ReportRun, time: (at: number) => string): string {
  const rows = spendRows(spend).map(({ name, tokens, usd }) => [name, tokens, usd]);
  const notes = spendNotes(spend, run.model).map(plain).join(' ');
  const changes = limitChanges.items.map(({ at, step, text, by }) => [
    plain(time(at)),
    formatCount(step),
    text,
    plain(by),
  ]);
  const changed =
    changes.length === 0
      ? []
      : ['### Limits changed', table(['When', 'Step', 'What', 'By'], changes, [1]), cutNote(limitChanges)];
  return section('Spend', [table(['', 'Tokens', 'Dollars'], rows, [1, 2]), notes, ...changed]);
}

function gates({ gates: list }: RunReport, time: (at: number) => string): string {
  const rows = list.items.map((gate) => [
    formatCount(gate.gate),
    formatCount(gate.step),
    formatCount(gate.checkpoint),
    plain(time(gate.at)),
    plain(gateReasonWords(gate)),
    plain(capitalised(decisionWords(gate))),
    shownWords(gate),
  ]);
  const names = ['Gate', 'Step', 'Checkpoint', 'Opened', 'Why', 'Decision', 'What was shown'];
  return listed('Gates and decisions', list, table(names, rows, [0, 1, 2]));
}

function rollbacks({ rollbacks: list }: RunReport, time: (at: number) => string): string {
  const rows = list.items.map((r) => [
    plain(time(r.at)),
    formatCount(r.step),
    rollbackWordsOf(r),
    plain(r.reason ?? ''),
    plain(r.by),
  ]);
  return listed('Rollbacks', list, table(['When', 'Step', 'What', 'Why', 'By'], rows, [1]));
}

function rejections({ rejections: list }: RunReport, time: (at: number) => string): string {
  const rows = list.items.map((r) => [
    plain(time(r.at)),
    formatCount(r.step),
    plain(r.path),
    plain(r.reason),
    formatCount(r.directive),
    plain(r.by),
    r.takenBack ? 'taken back' : '',
  ]);
  return listed('Rejected files', list, table(['When', 'Step', 'File', 'Why', 'Directive', 'By', ''], rows, [1, 4]));
}

function regressions({ regressions: list }: RunReport): string {
  const rows = list.items.map((r) => [
    formatCount(r.checkpoint),
    formatCount(r.step),
    formatCount(r.cases),
    `${formatRate(r.before)} → ${formatRate(r.after)}`,
  ]);
  return listed(
    'Regressions of the visible suite',
    list,
    table(['Checkpoint', 'Step', 'Cases', 'Rate'], rows, [0, 1, 2]),
  );
}

function directives({ directives: list }: RunReport, time: (at: number) => string): string {
  const rows = list.items.map((d) => [
    formatCount(d.directive),
    plain(time(d.at)),
    plain(d.by),
    plain(d.text),
    capitalised(underWords(d)),
    d.withdrawn === null ? '' : plain(`${time(d.withdrawn.at)} by ${d.withdrawn.by}`),
  ]);
  const names = ['Directive', 'When', 'Who', 'Words', 'In the requests of', 'Withdrawn'];
  return listed('Directives', list, table(names, rows, [0]));
}

function stops({ stops: list }: RunReport, time: (at: number) => string): string {
  const rows = list.items.map((s) => [
    plain(time(s.at)),
    formatCount(s.step),
    stopWords(s),
    plain([s.message, s.by === null ? '' : `by ${s.by}`].filter((word) => word !== '').join(', ')),
    lasted(s),
  ]);
  return listed('Stops and pauses', list, table(['When', 'Step', 'What', 'Why', 'For'], rows, [1]));
}

function lasted({ at, until, resumedBy }: ReportStop): string {
  if (until === null) return '';
  return `${formatDurationLong(until - at)}${resumedBy === null ? '' : `, resumed by ${plain(resumedBy)}`}`;
}

function looks({ looks: list }: RunReport, time: (at: number) => string): string {
  const rows = list.items.map((l) => [
    plain(time(l.at)),
    plain(l.by),
    formatCount(l.checkpoint),
    `${(l.rate * 100).toFixed(1)} %`,
  ]);
  return listed('Looks at held-out between gates', list, table(['When', 'Who', 'Checkpoint', 'Rate'], rows, [2, 3]));
}

function listed(title: string, list: Listed<unknown>, body: string): string {
  return list.items.length === 0 ? '' : section(title, [cutNote(list), body]);
}

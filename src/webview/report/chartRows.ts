/**
 * Job: the report as the rows of its chart: two curves and lanes of marks, each item with its place, its words and where it leads.
 * Boundary: pure, no DOM; pixels are chart.ts's.
 */
import type { ReportPageMessage } from '../../protocol/reportPage.ts';
import { formatCount, formatCounted, formatRate, formatUsd, visibleControls } from '../../run/forDisplay.ts';
import type { CurvePoint, Place, RunReport } from '../../run/report/report.ts';
import { decisionWords, gateReasonWords, rollbackWordsOf } from '../../run/report/words.ts';

export type Axis = 'cost' | 'step';
export type RowId = 'visible' | 'heldOut' | 'gates' | 'rollbacks' | 'rejections' | 'regressions' | 'redirects';

export interface ChartItem {
  readonly place: Place;
  /** 0–1 on a curve; null on a lane. */
  readonly rate: number | null;
  readonly words: string;
  readonly goesTo: ReportPageMessage<'openCheckpoint' | 'openGate'>;
}

export interface ChartRow {
  readonly id: RowId;
  readonly name: string;
  readonly items: readonly ChartItem[];
}

/** Rows with nothing in them are left out. */
export function chartRows(report: RunReport): readonly ChartRow[] {
  const { curves, gates, rollbacks, rejections, regressions, directives } = report;
  const rows: readonly ChartRow[] = [
    { id: 'visible', name: 'Visible', items: curves.visible.points.map((p) => pointItem('Visible', p)) },
    { id: 'heldOut', name: 'Held-out', items: curves.heldOut.points.map((p) => pointItem('Held-out', p)) },
    {
      id: 'gates',
      name: 'Gates',
      items: gates.items.map((gate) => ({
        place: gate,
        rate: null,
        words: `Gate ${formatCount(gate.gate)}, ${where(gate)}: ${gateReasonWords(gate)}; ${decisionWords(gate)}`,
        goesTo: { type: 'openGate', gate: gate.gate },
      })),
    },
    {
      id: 'regressions',
      name: 'Regressions',
      items: regressions.items.map((r) =>
        mark(r, `${formatCounted(r.cases, 'case')} lost, ${formatRate(r.before)} → ${formatRate(r.after)}`),
      ),
    },
    {
      id: 'rollbacks',
      name: 'Rollbacks',
      items: rollbacks.items.map((r) => mark(r, `${rollbackWordsOf(r)}, by ${r.by}`)),
    },
    {
      id: 'rejections',
      name: 'Rejected files',
      items: rejections.items.map((r) => mark(r, `${oneLine(r.path)} rejected by ${r.by}`)),
    },
    {
      id: 'redirects',
      name: 'Redirects',
      items: directives.items.map((d) =>
        mark(d, `Directive ${formatCount(d.directive)} by ${d.by}: ${oneLine(d.text)}`),
      ),
    },
  ];
  return rows.filter(({ items }) => items.length > 0);
}

export function valueOn(axis: Axis, { costUsd, step }: Place): number {
  return axis === 'cost' ? costUsd : step;
}

/** Whether dollars tell anything here: a model without a price or a run that is free has none. */
export function hasCosts(report: RunReport): boolean {
  return report.spend.certainty !== 'unknown' && report.spend.totalUsd > 0;
}

function pointItem(name: string, point: CurvePoint): ChartItem {
  const { pass, total, checkpoint, buildOk } = point;
  const rate = `${formatRate(point)} (${formatCount(pass)} of ${formatCount(total)})`;
  return {
    place: point,
    rate: total === 0 ? 0 : pass / total,
    words: `${name} ${rate}${buildOk ? '' : ', the build failed'}: ${where(point)}`,
    goesTo: { type: 'openCheckpoint', checkpoint },
  };
}

function mark(place: Place, words: string): ChartItem {
  const { checkpoint } = place;
  return { place, rate: null, words: `${words}: ${where(place)}`, goesTo: { type: 'openCheckpoint', checkpoint } };
}

/** "step 31 · checkpoint 34, $1.30 spent" */
function where({ step, checkpoint, costUsd }: Place): string {
  const spent = costUsd > 0 ? `, ${formatUsd(costUsd)} spent` : '';
  return `step ${formatCount(step)} · checkpoint ${formatCount(checkpoint)}${spent}`;
}

const wordsMost = 120;

function oneLine(text: string): string {
  const line = visibleControls(text).replace(/\s+/g, ' ');
  return line.length > wordsMost ? `${line.slice(0, wordsMost - 1)}…` : line;
}

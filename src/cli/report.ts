/**
 * Job: `belay report`: the report of a run, from its engine or from its journal, as text.
 * Boundary: asks and prints; what the report holds is run/report's. Starts no engine.
 */
import { RunConnection } from '../client/connection.ts';
import { EngineGone } from '../client/link.ts';
import { readStoredReport, type FoundRun } from '../client/runs.ts';
import { formatCount, formatCounted, formatDurationLong, visibleControls } from '../run/forDisplay.ts';
import { reportMarkdown } from '../run/report/markdown.ts';
import type { RunReport } from '../run/report/report.ts';
import {
  decisionWords,
  figureWords,
  heldOutNotes,
  measuredWords,
  reportSampleWords,
  reportDebtWords,
  spendNotes,
  spentTotal,
} from '../run/report/words.ts';
import { UsageError } from './args.ts';

/** @throws UsageError for a run without an entry */
export async function reportOf(run: FoundRun, client: string): Promise<RunReport> {
  const report = (run.alive ? await asked(run, client) : null) ?? (await readStoredReport(run.folder));
  if (report === null) throw new UsageError(`${run.runId} has no entry yet: there is nothing to report`);
  return report;
}

async function asked(run: FoundRun, client: string): Promise<RunReport | null> {
  try {
    const connection = await RunConnection.open({ run: run.folder, client });
    try {
      return await connection.request('report', { known: 0 });
    } finally {
      connection.dispose();
    }
  } catch (error) {
    if (error instanceof EngineGone) return null; // it ended in this moment, or hangs: its journal tells
    throw error;
  }
}

export function reportText(report: RunReport, markdown: boolean): string {
  return markdown ? reportMarkdown(report, time).trimEnd() : shortLines(report).map(visibleControls).join('\n');
}

/** In the machine's own time zone, with the offset: who reads it may be elsewhere. */
function time(at: number): string {
  return new Date(at).toLocaleString('en-GB', {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
}

function shortLines(report: RunReport): readonly string[] {
  const { run, standing, figures, gates, spend, time: spans } = report;
  if (run === null) return ['The run has no entry yet'];
  const { word, detail } = standing;
  const heldOut = [measuredWords(figures.heldOut), ...heldOutNotes(report)].join('; ');
  const counts = [
    formatCounted(gates.total, 'gate'),
    formatCounted(report.rollbacks.total, 'rollback'),
    formatCounted(report.regressions.total, 'regression'),
    formatCounted(report.directives.total, 'directive'),
    formatCounted(report.stops.total, 'stop or pause', 'stops and pauses'),
  ];
  const lastGate = gates.items.at(-1);
  return [
    `${run.name}  ${run.runId}`,
    `    ${detail === '' ? word : `${word}: ${detail}`}`,
    `    Visible   ${measuredWords(figures.visible)}; best ${figureWords(report.best)}`,
    ...(report.sample === null ? [] : [`    Sample    ${reportSampleWords(report.sample)}`]),
    ...(run.hasHeldOut ? [`    Held-out  ${heldOut}`, `    Debt      ${reportDebtWords(report)}`] : []),
    ...integrityLines(report),
    `    Spent     ${spentTotal(spend)}. ${spendNotes(spend, run.model).join(' ')}`,
    `    Steps     ${formatCount(report.steps)}; ${formatDurationLong(spans.runningMs)} running, ${formatDurationLong(spans.gatesMs)} at gates, ${formatDurationLong(spans.stoppedMs)} stopped`,
    `    ${counts.join(', ')}`,
    ...(lastGate === undefined
      ? []
      : [`    Last gate: step ${formatCount(lastGate.step)}, ${decisionWords(lastGate)}`]),
    `All of it: belay report ${run.runId} --markdown`,
  ];
}

/** What stands as of the newest check; nothing where none was made. */
function integrityLines({ integrity }: RunReport): readonly string[] {
  if (integrity === null) return [];
  const { flags, checkpoint } = integrity;
  if (flags.length === 0) return [`    Integrity nothing found at checkpoint ${formatCount(checkpoint)}`];
  return flags.map(({ text }) => `    Integrity ${text}, checkpoint ${formatCount(checkpoint)}`);
}

/**
 * Job: `belay forecast`: what the next dollars of a run are expected to buy.
 * Boundary: text and JSON from the report; asks for nothing by itself.
 */
import { forecastSentences } from '../run/forecastWords.ts';
import type { RunReport } from '../run/report/report.ts';

export function forecastText({ run, forecast }: RunReport): string {
  const head = run === null ? '' : `${run.name}  ${run.runId}\n`;
  if (forecast === null)
    return `${head}    No forecast: nothing is verified yet, the run is over, or what its model costs is not known`;
  const sentences = forecastSentences(forecast.forecast, forecast.policy);
  return head + sentences.map((sentence) => `    ${sentence}`).join('\n');
}

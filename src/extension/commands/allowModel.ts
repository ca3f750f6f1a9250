/**
 * Job: "Allow the Model…": the gesture that lets VS Code ask for the consent that its model needs, and a run that waits for it
 * go on.
 * Boundary: VS Code asks by itself, in the first request that follows.
 */
import type { Parts } from '../parts.ts';
import { stateOf } from './shown.ts';

export async function allowModel(parts: Parts): Promise<void> {
  const { run, paused } = stateOf(parts);
  if (run?.task.model.provider !== 'vscode') throw new Error('The model of this run is not one of VS Code’s.');
  const { name, vendor } = run.task.model;
  await parts.broker.allow({ name, ...(vendor !== undefined && { vendor }) });
  if (paused?.reason === 'consent') await parts.session.request('resume', {});
}

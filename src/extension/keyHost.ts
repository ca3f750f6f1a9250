/** Job: the host that the key of a task's model is kept under. */
import type { Task } from '../run/task.ts';

/** Where a provider's own service is; a key is kept under its host. */
const providerHosts = {
  anthropic: 'api.anthropic.com',
  openai: 'api.openai.com',
  google: 'generativelanguage.googleapis.com',
} as const;

/** A provider's own service takes no question without a key; another endpoint may. */
export const isHosted = ({ provider }: Task['model']): boolean => provider in providerHosts;

/** The host that the model's key is for; null where none is wanted. */
export function keyHost(model: Task['model']): string | null {
  if (model.provider === 'vscode' || model.provider === 'manual' || model.provider === 'recorded') return null;
  if (model.baseUrl !== undefined) return new URL(model.baseUrl).host;
  return model.provider === 'openai-compatible' ? null : providerHosts[model.provider];
}

/** Job: the host that the key of a task's model is kept under, and the address that the start has to name. */
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
  if (model.baseUrl !== undefined) return hostOf(new URL(model.baseUrl));
  return model.provider === 'openai-compatible' ? null : providerHosts[model.provider];
}

/** What a task names as the address of its model, beyond this machine and the provider's own service; null: nothing else. */
export function foreignHost(model: Task['model']): string | null {
  if (!('baseUrl' in model) || model.baseUrl === undefined) return null;
  const url = new URL(model.baseUrl);
  const host = hostOf(url);
  const own = isHosted(model) && host === keyHost({ ...model, baseUrl: undefined } as Task['model']);
  return own || isLoopback(url) ? null : host;
}

/** A key that was given for https never goes out unencrypted: an http address beyond this machine has a key of its own. */
function hostOf(url: URL): string {
  return url.protocol === 'http:' && !isLoopback(url) ? url.origin : url.host;
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

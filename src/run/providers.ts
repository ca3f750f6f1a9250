/**
 * Job: who can answer for the model, by name.
 * Boundary: pure and small: the webview and the activation import it, which must not load the task's schema.
 */

/** All that a task can name, in the order in which they are offered. */
export const providers = ['anthropic', 'openai', 'google', 'openai-compatible', 'manual', 'recorded'] as const;
export type Provider = (typeof providers)[number];

/** As a person calls them. */
export const providerNames: Readonly<Record<Provider, string>> = {
  anthropic: 'Anthropic',
  openai: 'OpenAI',
  google: 'Google',
  'openai-compatible': 'the endpoint',
  manual: 'you',
  recorded: 'the recording',
};

/** Those whose calls Belay can't price by itself. */
export const unpricedProviders = ['manual', 'recorded'] as const satisfies readonly Provider[];
export type UnpricedProvider = (typeof unpricedProviders)[number];

/** Whether Belay counts the tokens of every answer by itself, so that what it costs is an estimate. */
export function isUnpriced(provider: string | undefined): boolean {
  return unpricedProviders.some((one) => one === provider);
}

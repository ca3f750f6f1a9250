/**
 * Job: who can answer for the model, by name.
 * Boundary: pure and small: the webview and the activation import it, which must not load the task's schema.
 */

/** All that a task can name, in the order in which they are offered. */
export const providers = [
  'vscode',
  'anthropic',
  'openai',
  'google',
  'openai-compatible',
  'manual',
  'recorded',
] as const;
export type Provider = (typeof providers)[number];

/** As a person calls them. */
export const providerNames: Readonly<Record<Provider, string>> = {
  vscode: 'VS Code',
  anthropic: 'Anthropic',
  openai: 'OpenAI',
  google: 'Google',
  'openai-compatible': 'the endpoint',
  manual: 'you',
  recorded: 'the recording',
};

/** Those whose calls Belay can't price by itself. */
export const unpricedProviders = ['vscode', 'manual', 'recorded'] as const satisfies readonly Provider[];
export type UnpricedProvider = (typeof unpricedProviders)[number];

/** Whether Belay counts the tokens of every answer by itself, so that what it costs is an estimate. */
export function isUnpriced(provider: string | undefined): boolean {
  return unpricedProviders.some((one) => one === provider);
}

/** Whether no service is asked, so that a call which was cut cost nobody anything. */
export function isAskedOfNobody(provider: string | undefined): boolean {
  return provider === 'manual' || provider === 'recorded';
}

export interface LocalServer {
  readonly name: string;
  readonly baseUrl: string;
  /** How it is started, for a person. */
  readonly start: string;
}

/** Servers of models on one's own machine, at the address that each takes by itself. */
export const localServers: readonly LocalServer[] = [
  { name: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1', start: 'ollama serve' },
  { name: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1', start: 'lms server start' },
  { name: 'llama.cpp', baseUrl: 'http://127.0.0.1:8080/v1', start: 'llama-server -m <model>' },
];

/** The known server that such an address belongs to, by its port on this machine; undefined: another. */
export function localServerAt(host: string): LocalServer | undefined {
  const port = /^(?:localhost|127(?:\.\d+){3}|\[::1\]):(\d+)$/.exec(host)?.[1];
  return port === undefined ? undefined : localServers.find(({ baseUrl }) => baseUrl.includes(`:${port}/`));
}

/**
 * Job: the SDK's model for an endpoint, each provider loaded when it is first used, so that the engine starts fast.
 * Boundary: no call is made here. The key goes into the SDK's headers and nowhere else.
 */
import type { OpenAICompatibleProvider } from '@ai-sdk/openai-compatible';
import type { Provider, UnpricedProvider } from '../../run/providers.ts';
import type { Endpoint } from './request.ts';

export type SdkModel = ReturnType<OpenAICompatibleProvider['chatModel']>;
type SdkOptions = Pick<Parameters<SdkModel['doStream']>[0], 'providerOptions'>;

interface Settings {
  readonly fetch: typeof fetch;
  readonly apiKey: string;
  readonly baseURL?: string;
}

/** Providers that are asked over the network, by Belay itself. */
export type NetworkProvider = Exclude<Provider, UnpricedProvider>;

type MakeModel = (name: string, settings: Settings) => SdkModel;

const loaders: Readonly<Record<NetworkProvider, () => Promise<MakeModel>>> = {
  anthropic: async () => {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return (name, settings) => createAnthropic({ baseURL: 'https://api.anthropic.com/v1', ...settings })(name);
  },
  openai: async () => {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return (name, settings) => createOpenAI({ baseURL: 'https://api.openai.com/v1', ...settings }).responses(name);
  },
  google: async () => {
    const { createGoogle } = await import('@ai-sdk/google');
    return (name, settings) => createGoogle(settings)(name);
  },
  'openai-compatible': async () => {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    return (name, { apiKey, baseURL = '', fetch }) =>
      createOpenAICompatible({
        name: 'endpoint',
        includeUsage: true,
        baseURL,
        fetch,
        // local servers want no key, and some refuse an empty one
        ...(apiKey === '' ? {} : { apiKey }),
      }).chatModel(name);
  },
};

/** Loads what the first call needs, so that the call doesn't wait for it. A failure shows at the call. */
export async function prepareModel(provider: Provider): Promise<void> {
  if (isNetworkProvider(provider)) await loaders[provider]().catch(() => undefined);
}

/** @throws when the provider's SDK can't be loaded */
export async function languageModel(
  { provider, baseUrl, name }: Endpoint,
  key: string | undefined,
  watched: typeof fetch,
): Promise<SdkModel> {
  if (!isNetworkProvider(provider)) throw new Error(`${provider} is not asked over the network`);
  const make = await loaders[provider]();
  // The SDKs look for a key and an address in the environment where they are given none. An empty key is none of it, and
  // the loaders name the provider's own address, so that the key goes nowhere that the task doesn't name.
  return make(name, { fetch: watched, apiKey: key ?? '', ...(baseUrl !== undefined && { baseURL: baseUrl }) });
}

/** What a provider has to be told with each call. */
export function optionsOf(provider: Provider): SdkOptions {
  // Each request carries the whole conversation: nothing has to be kept at the provider.
  return provider === 'openai' ? { providerOptions: { openai: { store: false } } } : {};
}

function isNetworkProvider(provider: Provider): provider is NetworkProvider {
  return Object.hasOwn(loaders, provider);
}

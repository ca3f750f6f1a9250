/**
 * Job: what a call of the task's model costs: the price that `belay.json` gives, else that of the price library.
 * Boundary: pure; the library's data are in its package and are never fetched. As large as zod: only what imports `task.ts`
 *   imports this.
 * Rules: B1 an unknown price is asked for, never taken as zero.
 */
import { calcPrice, findProvider, type ModelPrice, type TieredPrices } from '@pydantic/genai-prices';
import type { Price, TokenPrices } from './entry.ts';
import { isUnpriced, type UnpricedProvider } from './providers.ts';
import type { Task } from './task.ts';

/** The library's version; a test compares it with the installed package. */
export const priceLibrary = 'genai-prices 0.1.8';

export type PriceFound =
  | { readonly known: true; readonly price: Price; readonly from: string }
  /** No call of this provider can be priced; the run is limited by steps or tokens. */
  | { readonly known: true; readonly price: null; readonly from: string }
  /** The message is for a person: whose price is missing and where to give it. */
  | { readonly known: false; readonly message: string };

/** @param at when the call would be made, ms since the epoch: some prices begin on a day */
export function priceOf(model: Task['model'], at: number): PriceFound {
  if (model.price !== undefined) return givenPrice(model.price);
  return isListed(model) ? listedPrice(model, at) : { known: true, price: null, from: 'not known to Belay' };
}

type ListedTask = Exclude<Task['model'], { provider: UnpricedProvider }>;
type Listed = {
  readonly provider: ListedTask['provider'];
  readonly name: string;
  readonly baseUrl?: string | undefined;
};

function isListed(model: Task['model']): model is ListedTask {
  return !isUnpriced(model.provider);
}

type Given = NonNullable<Task['model']['price']>;

function givenPrice({ input, cachedInput = input, cacheWrite = input, output }: Given): PriceFound {
  const price: Price = {
    inputUsdPerMTok: input,
    cachedInputUsdPerMTok: cachedInput,
    cacheWriteUsdPerMTok: cacheWrite,
    outputUsdPerMTok: output,
  };
  return { known: true, price, from: 'belay.json' };
}

/** What the model takes, prompt and answer together, as the library says; undefined: it doesn't. */
export function listedWindow(model: Task['model'], at: number): number | undefined {
  return isListed(model) ? listed(model, at)?.model.context_window : undefined;
}

function listed({ provider, name, baseUrl }: Listed, at: number): ReturnType<typeof calcPrice> {
  const where = provider === 'openai-compatible' ? { providerApiUrl: baseUrl ?? '' } : { providerId: provider };
  return calcPrice({ input_tokens: 1, output_tokens: 1 }, name, { ...where, timestamp: new Date(at) });
}

function listedPrice(model: Listed, at: number): PriceFound {
  const { provider, name } = model;
  const found = listed(model, at);
  const price = found === null ? null : fromLibrary(found.model_price);
  if (price !== null) return { known: true, price, from: priceLibrary };
  const message =
    `Belay knows no price of "${name}". Give it as "price": { "input": 3, "output": 15 }, in dollars per million tokens` +
    (provider === 'openai-compatible' ? '; 0 and 0 for a model on your own machine' : '');
  return { known: false, message };
}

/** Providers whose models the library lists by name. */
export type ListedProvider = 'anthropic' | 'openai' | 'google';

export interface ListedModel {
  readonly name: string;
  readonly price: Price;
}

/** What each provider calls its models that chat; the library also has other makers' models under some. */
const chatModels: Readonly<Record<ListedProvider, RegExp>> = {
  anthropic: /^claude-[a-z]+-\d/,
  openai: /^(?:gpt-[4-9]|o\d)/,
  google: /^gemini-[2-9]/,
};
const otherKinds = /audio|image|tts|realtime|transcribe|embedding|live|search|vision|research|oss|:|\d{4}-\d{2}-\d{2}/;

/** The priced models that an agent can work with, those with the highest version first. */
export function listedModels(provider: ListedProvider, at: number): readonly ListedModel[] {
  const names = (findProvider({ providerId: provider })?.models ?? [])
    .filter(({ id, deprecated }) => deprecated !== true && chatModels[provider].test(id) && !otherKinds.test(id))
    .map(({ id }) => id);
  const found = names.flatMap((name): ListedModel[] => {
    const { price, known } = { price: null, ...listedPrice({ provider, name }, at) };
    return known && price !== null ? [{ name, price }] : [];
  });
  return found.sort((a, b) => byVersion(b.name, a.name));
}

/** "claude-haiku-4-5" after "claude-sonnet-4-0": what is not a number decides last. */
function byVersion(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => [...name.matchAll(/\d+/g)].map(([digits]) => Number(digits)));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i += 1) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return b.localeCompare(a);
}

/** null where the library lists neither input nor output tokens. Of several tiers the dearest is taken. */
function fromLibrary(listed: ModelPrice): Price | null {
  const short = pricesAt(listed, (tiered) => tiered.base);
  if (short === null) return null;
  const starts = Object.values(listed).flatMap((value) =>
    isTiered(value) ? value.tiers.map((tier) => tier.start) : [],
  );
  const long = pricesAt(listed, (tiered) => Math.max(tiered.base, ...tiered.tiers.map((tier) => tier.price)));
  if (starts.length === 0 || long === null) return short;
  return { ...short, longContext: { ...long, overInputTokens: Math.min(...starts) } };
}

function pricesAt(listed: ModelPrice, tier: (tiered: TieredPrices) => number): TokenPrices | null {
  const at = (key: string): number | undefined => {
    const value = listed[key];
    return isTiered(value) ? tier(value) : value;
  };
  const [input, output] = [at('input_mtok'), at('output_mtok')];
  if (input === undefined || output === undefined) return null;
  return {
    inputUsdPerMTok: input,
    cachedInputUsdPerMTok: at('cache_read_mtok') ?? input,
    cacheWriteUsdPerMTok: at('cache_write_mtok') ?? input,
    outputUsdPerMTok: output,
  };
}

function isTiered(value: number | TieredPrices | undefined): value is TieredPrices {
  return typeof value === 'object';
}

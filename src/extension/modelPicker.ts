/**
 * Job: choose the model of a task: who answers, which model there, what it costs, and what is still missing.
 * Boundary: asks and answers with the JSON of `model`; who writes it into a file is the caller's. A server on this machine is
 *   asked for its models only when it was chosen. Keys go into the keychain and nowhere else.
 * Rules: B1 a price that is not known is asked for, never taken as zero.
 */
import * as vscode from 'vscode';
import { formatTokens, formatUsdLimit } from '../run/forDisplay.ts';
import type { ListedModel, ListedProvider } from '../run/price.ts';
import { localServers, providerNames } from '../run/providers.ts';
import type { ModelChoice } from '../run/task.ts';
import type { ModelCatalogue } from './modelCatalogue.ts';
import type { Parts } from './parts.ts';
import { pickStep, type Step, type StepAnswer, type StepItem } from './quickSteps.ts';

type Price = NonNullable<ModelChoice['price']>;
interface Choice<T> extends vscode.QuickPickItem {
  readonly value?: T;
}
/** An item that leads to further questions. */
type Way<T> = Choice<() => Promise<T | undefined>>;

/** Who answers, and the questions that follow. */
type Provider = StepItem<() => Promise<ModelChoice | undefined>>;

const hosted = ['anthropic', 'openai', 'google'] as const satisfies readonly ListedProvider[];

/** The model as `belay.json` names it. Who gives up a later question is asked the first one again. */
export async function pickModel(
  parts: Parts,
  step: Step = { title: 'Which model works?', step: 1, totalSteps: 1 },
): Promise<StepAnswer<ModelChoice>> {
  const catalogue = (await parts.runtime()).models;
  const items: Provider[] = [
    {
      label: 'VS Code’s Models…',
      description: 'your Copilot or other plan',
      detail: 'Cost not known to Belay; waits while no window is open; asks for consent.',
      value: () => pickVscode(parts),
    },
    ...(await Promise.all(hosted.map((provider) => hostedItem(parts, catalogue, provider)))),
    {
      label: 'OpenAI-compatible…',
      description: 'needs an address',
      detail: 'Ollama, LM Studio, llama.cpp on this machine, or any other address.',
      value: () => pickEndpoint(parts, catalogue),
    },
    {
      label: 'By Hand',
      description: 'needs nothing',
      detail: 'Belay writes the prompt to a file; you paste the answer. Cost not known.',
      value: () => Promise.resolve({ provider: 'manual' }),
    },
  ];
  for (;;) {
    const way = await pickStep({
      ...step,
      placeHolder: 'Who answers; its price and its key are asked for next',
      items,
    });
    if (way.kind !== 'answer') return way;
    const value = await way.value();
    if (value !== undefined) return { kind: 'answer', value };
  }
}

async function hostedItem(parts: Parts, catalogue: ModelCatalogue, provider: ListedProvider): Promise<Provider> {
  const models = catalogue.listed(provider);
  const kept = await keyOf(parts, catalogue, { provider, name: models[0]?.name ?? 'any' });
  return {
    label: `${providerNames[provider]}…`,
    description: kept === undefined ? 'needs a key' : 'its key is kept',
    detail: `${rangeOf(models)}its key stays in the keychain.`,
    value: () => pickHosted(parts, catalogue, provider, models),
  };
}

async function pickHosted(
  parts: Parts,
  catalogue: ModelCatalogue,
  provider: ListedProvider,
  models: readonly ListedModel[],
): Promise<ModelChoice | undefined> {
  const items = models.map(({ name, price }): Way<string> => ({
    label: name,
    description: `${usd(price.inputUsdPerMTok)} in · ${usd(price.outputUsdPerMTok)} out`,
    value: () => Promise.resolve(name),
  }));
  const other = { label: 'Another Model…', description: 'by the name that the provider gives it', value: typedName };
  const title = `Which model of ${providerNames[provider]}?`;
  const name = await (await pick([...items, other], title, 'Dollars per million tokens'))?.();
  return name === undefined ? undefined : finished(parts, catalogue, { provider, name });
}

async function pickEndpoint(parts: Parts, catalogue: ModelCatalogue): Promise<ModelChoice | undefined> {
  const items = localServers.map(({ name, baseUrl }): Way<string> => ({
    label: name,
    description: baseUrl,
    value: () => Promise.resolve(baseUrl),
  }));
  const other = { label: 'Another Address…', description: 'a gateway or another machine', value: typedAddress };
  const baseUrl = await (await pick([...items, other], 'Where does the model run?'))?.();
  if (baseUrl === undefined) return undefined;
  const name = await modelAt(parts, catalogue, baseUrl);
  return name === undefined ? undefined : finished(parts, catalogue, { provider: 'openai-compatible', baseUrl, name });
}

/** One of those that the address lists, or a name that is typed where it lists none. */
async function modelAt(parts: Parts, catalogue: ModelCatalogue, baseUrl: string): Promise<string | undefined> {
  const { host } = new URL(baseUrl);
  const any: ModelChoice = { provider: 'openai-compatible', baseUrl, name: 'any' };
  const key = await keyOf(parts, catalogue, any);
  const asking = { location: vscode.ProgressLocation.Window, title: `Belay: asking ${host} for its models` };
  const found = await vscode.window.withProgress(asking, () => catalogue.modelsAt(baseUrl, key));
  const names = found.ok ? found.names : [];
  const again = (): Promise<string | undefined> => modelAt(parts, catalogue, baseUrl);
  const enterKey = async (): Promise<string | undefined> =>
    (await parts.keys.ask(catalogue.keyHost(any) ?? host)) === undefined ? undefined : again();
  const items = names.map((name): Way<string> => ({ label: name, value: () => Promise.resolve(name) }));
  const whenEmpty: Way<string>[] = [
    { label: 'Ask Again', detail: found.ok ? `${host} answers but has no model yet.` : found.message, value: again },
    { label: 'Enter a Key…', description: `for ${host}`, value: enterKey },
  ];
  const typed = { label: 'Type Its Name…', value: typedName };
  const ways = [...items, ...(names.length === 0 ? whenEmpty : []), typed];
  return (await pick(ways, `Which model of ${host}?`))?.();
}

async function pickVscode(parts: Parts): Promise<ModelChoice | undefined> {
  const models = await parts.broker.available();
  if (models.length === 0) {
    const none = {
      label: 'VS Code offers no model here',
      detail: 'Install and sign in to one, such as GitHub Copilot, then choose again.',
    };
    await pick([none], 'Which of VS Code’s models?');
    return undefined;
  }
  const items = models.map(({ name, vendor, id, maxInputTokens }): Choice<ModelChoice> => ({
    label: name,
    description: `${vendor} · ${id}`,
    detail: `Reads up to ${formatTokens(maxInputTokens)} tokens; cost not known to Belay.`,
    value: { provider: 'vscode', vendor, name: id },
  }));
  return pick(items, 'Which of VS Code’s models?');
}

/** With its price where no list knows it, and its key in the keychain where one is wanted and given. */
async function finished(
  parts: Parts,
  catalogue: ModelCatalogue,
  choice: ModelChoice,
): Promise<ModelChoice | undefined> {
  const price = catalogue.isPriceKnown(choice) ? null : await askPrice(choice.name ?? '');
  if (price === undefined) return undefined;
  const host = catalogue.keyHost(choice);
  if (host !== null && choice.provider !== 'openai-compatible' && (await keyOf(parts, catalogue, choice)) === undefined)
    await parts.keys.ask(host); // none given: the run waits for it, and says so
  return price === null ? choice : { ...choice, price };
}

async function askPrice(name: string): Promise<Price | undefined> {
  const free: Way<Price> = {
    label: 'Nothing',
    description: 'it runs on a machine of mine',
    value: () => Promise.resolve({ input: 0, output: 0 }),
  };
  const typed = { label: 'Enter Its Price…', description: 'dollars per million tokens', value: typedPrice };
  return (await pick([free, typed], `No price list knows “${name}”. What does it cost?`))?.();
}

async function typedPrice(): Promise<Price | undefined> {
  const input = await askDollars('Dollars per million input tokens', '3');
  const output = input === undefined ? undefined : await askDollars('Dollars per million output tokens', '15');
  return input === undefined || output === undefined ? undefined : { input, output };
}

async function askDollars(title: string, example: string): Promise<number | undefined> {
  const typed = await vscode.window.showInputBox({
    title,
    placeHolder: example,
    ignoreFocusOut: true,
    validateInput: (value) => (dollars(value) === null ? `A number of dollars, such as ${example}.` : undefined),
  });
  return typed === undefined ? undefined : (dollars(typed) ?? undefined);
}

function dollars(text: string): number | null {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() !== '' && Number.isFinite(value) && value >= 0 ? value : null;
}

async function typedName(): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title: 'The model’s name',
    prompt: 'As its provider or server calls it.',
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? 'The model’s name.' : undefined),
  });
  return typed?.trim();
}

async function typedAddress(): Promise<string | undefined> {
  const wrong = 'An http or https address, such as https://openrouter.ai/api/v1.';
  const typed = await vscode.window.showInputBox({
    title: 'The endpoint’s address',
    prompt: 'It mostly ends with /v1.',
    placeHolder: 'https://openrouter.ai/api/v1',
    ignoreFocusOut: true,
    validateInput: (value) => (/^https?:\/\/./.test(value.trim()) && URL.canParse(value.trim()) ? undefined : wrong),
  });
  return typed?.trim();
}

async function keyOf(parts: Parts, catalogue: ModelCatalogue, choice: ModelChoice): Promise<string | undefined> {
  return parts.keys.keyFor(catalogue.keyHost(choice));
}

async function pick<T>(items: readonly Choice<T>[], title: string, placeHolder?: string): Promise<T | undefined> {
  const options = {
    title,
    matchOnDescription: true,
    ignoreFocusOut: true,
    ...(placeHolder !== undefined && { placeHolder }),
  };
  return (await vscode.window.showQuickPick(items, options))?.value;
}

/** "$0.05–$30 in, $0.40–$180 out a million tokens; " */
function rangeOf(models: readonly ListedModel[]): string {
  if (models.length === 0) return '';
  const range = (prices: readonly number[]) => `${usd(Math.min(...prices))}–${usd(Math.max(...prices))}`;
  const input = range(models.map(({ price }) => price.inputUsdPerMTok));
  const output = range(models.map(({ price }) => price.outputUsdPerMTok));
  return `${input} in, ${output} out a million tokens; `;
}

/** Down to the cent, and below where a token costs less. */
function usd(value: number): string {
  return value > 0 && value < 0.1 ? `$${String(value)}` : formatUsdLimit(value);
}

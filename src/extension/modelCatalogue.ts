/**
 * Job: what the model picker must know beyond the window: the price list, what an address serves, how a task file is
 * rewritten.
 * Boundary: no vscode; part of the late bundle (the price list is as large as zod). Calls out only to the address that the
 *   supervisor has chosen in this moment. Bounded in time and size, redirects refused: a key goes nowhere else.
 */
import { applyEdits, getNodeValue, modify, parseTree, type JSONPath } from 'jsonc-parser';
import { messageOf } from '../base/assert.ts';
import { modelNamesIn } from '../run/modelNames.ts';
import { listedModels, priceOf, type ListedModel, type ListedProvider } from '../run/price.ts';
import { localServerAt } from '../run/providers.ts';
import { taskModelSchema, type ModelChoice } from '../run/task.ts';
import { keyHost } from './keyHost.ts';
import { formatOf } from './taskEdits.ts';

/** The names that an address lists, or one sentence on why there are none. */
export type ModelsAt =
  { readonly ok: true; readonly names: readonly string[] } | { readonly ok: false; readonly message: string };

export interface ModelCatalogue {
  /** Priced models of a provider, the newest first. */
  listed(provider: ListedProvider): readonly ListedModel[];
  /** Whether a run with this model knows what it pays, or is of a kind that never does. */
  isPriceKnown(choice: ModelChoice): boolean;
  /** The host that a key is kept for; null where none is wanted. */
  keyHost(choice: ModelChoice): string | null;
  modelsAt(baseUrl: string, key: string | undefined): Promise<ModelsAt>;
  /** The text of a `belay.json` with another model; comments stay. @throws with words for a person where it is no JSON */
  rewriteModel(text: string, choice: ModelChoice, hardSteps?: number): string;
  /** Whether the text gives a hard limit of steps or tokens. */
  isBounded(text: string): boolean;
}

const answerWallMs = 5_000;
const answerBytesMost = 4 * 1024 * 1024;

export const modelCatalogue: ModelCatalogue = {
  listed: (provider) => listedModels(provider, Date.now()),
  isPriceKnown: (choice) => priceOf(taskModelSchema.parse(choice), Date.now()).known,
  keyHost: (choice) => keyHost(taskModelSchema.parse(choice)),
  modelsAt,
  rewriteModel,
  isBounded: (text) => {
    const budget = rootOf(text)['budget'] as
      Readonly<Record<string, { readonly hard?: unknown } | undefined>> | undefined;
    return budget?.['steps']?.hard !== undefined || budget?.['tokens']?.hard !== undefined;
  },
};

async function modelsAt(baseUrl: string, key: string | undefined): Promise<ModelsAt> {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/models`;
  const where = hostWords(url.host);
  let body: string;
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(answerWallMs),
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    });
    if (response.status === 401 || response.status === 403) return none(`${where} wants a key, or another one.`);
    if (!response.ok)
      return none(`${where} answers ${String(response.status)} and lists no models. Is the address right?`);
    body = await bounded(response);
  } catch (error) {
    return none(unanswered(url.host, error));
  }
  const names = modelNamesIn(body);
  return names === null
    ? none(`${where} answers, but not as a server of models. Is the address right? It mostly ends with /v1.`)
    : { ok: true, names };
}

function none(message: string): ModelsAt {
  return { ok: false, message };
}

function hostWords(host: string): string {
  const server = localServerAt(host);
  return server === undefined ? host : `${server.name} at ${host}`;
}

function unanswered(host: string, error: unknown): string {
  const server = localServerAt(host);
  const start = server === undefined ? 'Does it run, and is the address right?' : `Start it first: ${server.start}`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return `Nothing answers for ${hostWords(host)} (${messageOf(cause)}). ${start}`;
}

async function bounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > answerBytesMost) throw new Error('it sends more than a list of models is long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function rewriteModel(text: string, choice: ModelChoice, hardSteps?: number): string {
  const before = rootOf(text)['model'];
  const keys = typeof before === 'object' && before !== null ? Object.keys(before) : null;
  const wanted = Object.entries(choice).filter(([, value]) => value !== undefined);
  // Key by key where there is a model already, so that the comments between its keys stay.
  const edits: [JSONPath, unknown][] =
    keys === null
      ? [[['model'], choice]]
      : [
          ...wanted.map(([key, value]) => [['model', key], value] as [JSONPath, unknown]),
          ...keys
            .filter((key) => !wanted.some(([one]) => one === key))
            .map((key) => [['model', key], undefined] as [JSONPath, unknown]),
        ];
  if (hardSteps !== undefined) edits.push([['budget', 'steps', 'hard'], hardSteps]);
  const formattingOptions = formatOf(text);
  return edits.reduce((now, [path, value]) => applyEdits(now, modify(now, path, value, { formattingOptions })), text);
}

function rootOf(text: string): Readonly<Record<string, unknown>> {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root?.type !== 'object') throw new Error('belay.json is no JSON object; "Belay: New Task…" writes one.');
  return getNodeValue(root) as Readonly<Record<string, unknown>>;
}

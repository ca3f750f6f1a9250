/**
 * Job: which models an endpoint on this machine lists.
 * Boundary: one GET without a key, to loopback addresses only: what somebody writes into a file must not make Belay call
 *   out. Bounded in time and size, redirects refused.
 */
import { modelNamesIn } from '../run/modelNames.ts';

/** `models`: the names; null: it answers, but lists nothing that can be read. `silent`: nothing answers. */
export type Listed = { readonly silent: false; readonly models: readonly string[] | null } | { readonly silent: true };

export interface ModelLists {
  /** null: not asked, since the address is not of this machine. Never rejects. */
  list(baseUrl: string): Promise<Listed | null>;
}

const answerWallMs = 1_000;
const answerBytesMost = 1024 * 1024;
const answeredKeptMs = 30_000;
const silentKeptMs = 3_000;
const endpointsKept = 16;

/** @param now milliseconds of a clock that does not go back */
export function createModelLists(now: () => number): ModelLists {
  const kept = new Map<string, { readonly until: number; readonly listed: Promise<Listed> }>();
  return {
    list: async (baseUrl) => {
      const url = modelsUrl(baseUrl);
      if (url === null) return null;
      const before = kept.get(url.href);
      if (before !== undefined && now() < before.until) return before.listed;
      kept.delete(url.href);
      const listed = ask(url);
      kept.set(url.href, { until: now() + answeredKeptMs, listed });
      for (const oldest of [...kept.keys()].slice(0, -endpointsKept)) kept.delete(oldest);
      const result = await listed;
      if (result.silent) kept.set(url.href, { until: now() + silentKeptMs, listed });
      return result;
    },
  };
}

/** Where the list is; null: not an address of this machine. */
function modelsUrl(baseUrl: string): URL | null {
  if (!URL.canParse(baseUrl)) return null;
  const url = new URL(baseUrl);
  if (!/^https?:$/.test(url.protocol) || !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) return null;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/models`;
  url.search = '';
  url.hash = '';
  url.username = '';
  url.password = '';
  return url;
}

async function ask(url: URL): Promise<Listed> {
  let body: string | null;
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(answerWallMs) });
    body = await bodyOf(response);
  } catch {
    return { silent: true }; // refused, cut or too slow; each means that no name can be checked now
  }
  return { silent: false, models: body === null ? null : modelNamesIn(body) };
}

/** null: not a success, or longer than a list of models is. */
async function bodyOf(response: Response): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    return null;
  }
  for await (const part of response.body as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > answerBytesMost) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

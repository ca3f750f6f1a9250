/**
 * Job: read the answer of an endpoint's `GET …/models`, as OpenAI's protocol has it: `{"data": [{"id": "…"}]}`.
 * Boundary: pure; who may be called, and how long an answer may be, is the caller's.
 */
import { visibleControls } from './forDisplay.ts';

const namesMost = 5_000;
const nameCharsMost = 200;

/** One that can be read, chosen and written into a task as it stands: nobody gives a model another. */
function isName(id: string): boolean {
  return id !== '' && id.length <= nameCharsMost && !/[\n\t]|\$\(/.test(id) && visibleControls(id) === id;
}

/** The names; null: this is no list of models, but a page or another protocol. Never throws. */
export function modelNamesIn(body: string): readonly string[] | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null; // something else than a model endpoint lives at this address
  }
  const data = (value as { readonly data?: unknown } | null)?.data;
  if (!Array.isArray(data)) return null;
  return data
    .flatMap((one: unknown) => {
      const id = (one as { readonly id?: unknown } | null)?.id;
      return typeof id === 'string' && isName(id) ? [id] : [];
    })
    .slice(0, namesMost);
}

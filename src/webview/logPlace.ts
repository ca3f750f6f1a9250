/**
 * Job: where the log stood and what was open in it, for the page that takes this one's place.
 * Boundary: data, and how what an earlier page kept is read.
 */
export interface LogPlace {
  /** Of which run. */
  readonly run: string;
  /** The step at the top of the window onto the log, and how far it is scrolled into; null: it followed the tail. */
  readonly top: { readonly step: number; readonly px: number } | null;
  /** Steps whose rows were open. */
  readonly expanded: readonly number[];
}

/** Of the open rows so many are kept. */
export const expandedKept = 200;

/** What an earlier version may have written; null where it does not fit. */
export function logPlaceOf(value: unknown): LogPlace | null {
  if (typeof value !== 'object' || value === null) return null;
  const { run, top, expanded } = value as Partial<Record<keyof LogPlace, unknown>>;
  if (typeof run !== 'string' || !Array.isArray(expanded)) return null;
  const open = expanded.filter((step): step is number => Number.isInteger(step)).slice(-expandedKept);
  return { run, top: topOf(top), expanded: open };
}

function topOf(value: unknown): LogPlace['top'] {
  if (typeof value !== 'object' || value === null) return null;
  const { step, px } = value as { step?: unknown; px?: unknown };
  return Number.isInteger(step) && Number.isFinite(px) ? { step: Number(step), px: Number(px) } : null;
}

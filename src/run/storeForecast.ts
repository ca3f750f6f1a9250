/**
 * Job: how large the checkpoint store is and will be: "340 MB of 5 GB; 2.1 GB by Friday at this rate".
 * Boundary: pure; which day a time falls on is said by who has a calendar.
 *
 * The rate is the slope of a least-squares line through what the store took over the last days: gathering packs makes steps
 * that two single values would take for growth. It is told no further ahead than it was watched, and a week at most.
 */
import { formatBytes, formatDuration } from './forDisplay.ts';
import { limits } from './limits.ts';
import type { StoreFacts, StoreSample } from './state.ts';

const dayMs = 24 * 3_600_000;
const watchedLeastMs = 30 * 60_000;
const watchedMostMs = 7 * dayMs;

export interface StoreForecast {
  /** What it will take then. */
  readonly bytes: number;
  /** ms since the epoch. */
  readonly at: number;
  /** It reaches its quota then. */
  readonly full: boolean;
}

/** null: too early to say, or it does not grow. */
export function storeForecast({ samples, quotaBytes }: StoreFacts): StoreForecast | null {
  const newest = samples.at(-1);
  const watched = samples.filter(({ at }) => newest !== undefined && newest.at - at <= watchedMostMs);
  const first = watched[0];
  if (newest === undefined || first === undefined || watched.length < 4) return null;
  const aheadMs = newest.at - first.at;
  const perMs = slopeOf(watched);
  if (aheadMs < watchedLeastMs || perMs <= 0) return null;
  const bytes = newest.bytes + perMs * aheadMs;
  if (bytes < quotaBytes || newest.bytes >= quotaBytes) return { bytes, at: newest.at + aheadMs, full: false };
  return { bytes: quotaBytes, at: newest.at + (quotaBytes - newest.bytes) / perMs, full: true };
}

/** Bytes per ms. */
function slopeOf(samples: readonly StoreSample[]): number {
  const mean = (of: (sample: StoreSample) => number) => samples.reduce((sum, s) => sum + of(s), 0) / samples.length;
  const [at, bytes] = [mean((s) => s.at), mean((s) => s.bytes)];
  const spread = mean((s) => (s.at - at) ** 2);
  return spread === 0 ? 0 : mean((s) => (s.at - at) * (s.bytes - bytes)) / spread;
}

/**
 * "340 MB of 5.0 GB; 2.1 GB by Friday at this rate"; '' where no checkpoint has told its size.
 * @param now ms since the epoch. @param dayOf the day's name, where the person is
 */
export function storeWords(store: StoreFacts, now: number, dayOf: (at: number) => string): string {
  const { bytes, quotaBytes } = store;
  if (bytes === null) return '';
  const size = `${formatBytes(bytes)} of ${formatBytes(quotaBytes)}`;
  if (bytes > quotaBytes) return `${size}: over its quota`;
  const ahead = aheadWords(store, now, dayOf);
  return ahead === '' ? size : `${size}; ${ahead} at this rate`;
}

/** "340 MB; 2.1 GB by Fri", for where there is room for no more; "340 MB of 5.0 GB" where nothing can be told ahead. */
export function storeInShort(store: StoreFacts, now: number, dayOf: (at: number) => string): string {
  const { bytes, quotaBytes } = store;
  if (bytes === null) return '';
  const ahead = bytes > quotaBytes ? '' : aheadWords(store, now, dayOf);
  return `${formatBytes(bytes)}${ahead === '' ? ` of ${formatBytes(quotaBytes)}` : `; ${ahead}`}`;
}

/** "2.1 GB by Friday", "full in 6 h"; '' where nothing can be told. */
function aheadWords(store: StoreFacts, now: number, dayOf: (at: number) => string): string {
  const forecast = storeForecast(store);
  if (forecast === null || forecast.at <= now) return '';
  const day = dayOf(forecast.at);
  const when = day === dayOf(now) ? `in ${formatDuration(forecast.at - now)}` : `by ${day}`;
  return `${forecast.full ? 'full' : formatBytes(forecast.bytes)} ${when}`;
}

/** The samples with one more, thinned out so that they span the run. */
export function withSample(samples: readonly StoreSample[], sample: StoreSample): readonly StoreSample[] {
  const [first, before, last] = [samples[0], samples.at(-2), samples.at(-1)];
  if (first === undefined || last === undefined) return [sample];
  const apartMs = Math.max(limits.storeSampleLeastMs, (last.at - first.at) / limits.storeSamples);
  // The newest always stands; it is replaced until it is far enough from the one before.
  const kept = before !== undefined && last.at - before.at < apartMs ? samples.slice(0, -1) : samples;
  const all = [...kept, sample];
  return all.length <= limits.storeSamples
    ? all
    : all.filter((_, index) => index % 2 === 0 || index === all.length - 1);
}

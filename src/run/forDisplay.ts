/**
 * Job: values as a person reads them: money, rates, durations, sizes, outputs. Shared by the webview, the trees, the
 *   status bar and the command line, so that one number looks the same everywhere.
 * Boundary: pure text; no ambient time, no locale, no time zone (who shows a time of day formats it).
 * Rules: a number is never rounded to something that it is not: 325 of 326 is not 100.0 %, a cent's part is not $0.00.
 */

import { somePathsInWords } from './pathWords.ts';

const minus = '−';

/** "4,212" */
export function formatCount(count: number): string {
  const digits = String(Math.round(Math.abs(count))).replace(/\B(?=(\d{3})+$)/g, ',');
  return count < 0 ? minus + digits : digits;
}

/** "12 files", "1 file"; `plural` where an s is not enough. */
export function formatCounted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** Dollars: "$41.20", "<$0.01", "$1,204.00". */
export function formatUsd(usd: number): string {
  if (usd > 0 && usd < 0.005) return '<$0.01';
  const [whole = '0', cents = '00'] = Math.abs(usd).toFixed(2).split('.');
  return `${usd < 0 ? minus : ''}$${formatCount(Number(whole))}.${cents}`;
}

/** Dollars of a limit, without needless cents: "$60", "$0.50". */
export function formatUsdLimit(usd: number): string {
  return Number.isInteger(usd) ? `$${formatCount(usd)}` : formatUsd(usd);
}

/** "340", "4.2 k", "41 k", "1.3 M" */
export function formatTokens(tokens: number): string {
  if (tokens < 1_000) return String(Math.round(tokens));
  const [value, unit] = tokens < 999_500 ? [tokens / 1_000, 'k'] : [tokens / 1_000_000, 'M'];
  return `${value < 9.95 ? value.toFixed(1) : formatCount(value)} ${unit}`;
}

/** "812 B", "4.2 kB", "1.3 MB" (powers of 1000) */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${formatCount(bytes)} B`;
  const [value, unit] =
    bytes < 999_500 ? [bytes / 1e3, 'kB'] : bytes < 999_500_000 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  return `${value < 9.95 ? value.toFixed(1) : formatCount(value)} ${unit}`;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A span in its largest unit, cut and not rounded up: "0.4 s", "41 s", "14 min", "2 h", "3 d". */
export function formatDuration(ms: number): string {
  if (ms < 950) return `${(Math.max(0, ms) / secondMs).toFixed(1)} s`;
  if (ms < minuteMs) return `${String(Math.max(1, Math.floor(ms / secondMs)))} s`;
  if (ms < hourMs) return `${String(Math.floor(ms / minuteMs))} min`;
  if (ms < dayMs) return `${String(Math.floor(ms / hourMs))} h`;
  return `${String(Math.floor(ms / dayMs))} d`;
}

/** The same in two units where it is long: "14 h 12 min", "2 d 3 h". */
export function formatDurationLong(ms: number): string {
  if (ms < hourMs) return formatDuration(ms);
  const rest = ms < dayMs ? ms % hourMs : ms % dayMs;
  const small = ms < dayMs ? Math.floor(rest / minuteMs) : Math.floor(rest / hourMs);
  return small === 0 ? formatDuration(ms) : `${formatDuration(ms)} ${String(small)} ${ms < dayMs ? 'min' : 'h'}`;
}

/** How long ago: "now" under a second, else "41 s". */
export function formatSince(ms: number): string {
  return ms < secondMs ? 'now' : formatDuration(ms);
}

export interface Passed {
  readonly pass: number;
  readonly total: number;
}

/** "88.0 %"; never 100.0 % while a case does not pass, never 0.0 % while one does; "–" without cases. */
export function formatRate(figure: Passed | null): string {
  if (figure === null || figure.total === 0) return '–';
  const percent = (figure.pass / figure.total) * 100;
  if (figure.pass < figure.total && percent > 99.9) return '99.9 %';
  if (figure.pass > 0 && percent < 0.1) return '0.1 %';
  return `${percent.toFixed(1)} %`;
}

/** Percentage points between two figures: "−3.1", "+0.2", "±0". */
export function formatPoints(now: Passed, before: Passed): string {
  if (now.total === 0 || before.total === 0) return '';
  const points = (now.pass / now.total - before.pass / before.total) * 100;
  const digits = Math.abs(points).toFixed(1);
  if (digits === '0.0') return '±0';
  return (points < 0 ? minus : '+') + digits;
}

/** "+12 −3" */
export function formatLines(lines: { readonly added: number; readonly removed: number }): string {
  return `+${formatCount(lines.added)} ${minus}${formatCount(lines.removed)}`;
}

/** "3 added, 1 deleted"; "no file changed" when nothing is. */
export function formatChangeset(c: {
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
}): string {
  const parts = [
    ...(c.added > 0 ? [`${formatCount(c.added)} added`] : []),
    ...(c.modified > 0 ? [`${formatCount(c.modified)} changed`] : []),
    ...(c.deleted > 0 ? [`${formatCount(c.deleted)} deleted`] : []),
  ];
  return parts.length === 0 ? 'no file changed' : parts.join(', ');
}

/** Joins a few words as a sentence does: "a", "a and b", "a, b and c". */
export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${String(words.at(-1))}`;
}

/** "Gate" from "gate"; leaves the rest as it is. */
export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

interface PlanCounts {
  readonly to: number;
  /** `lines`: of the one file only hunks. */
  readonly only?: { readonly paths: readonly string[]; readonly lines?: unknown };
  readonly write: number;
  readonly merge?: number;
  readonly delete: number;
  readonly keep: number;
  readonly conflict: number;
}

/** "Back to checkpoint 404: writes 12 files, deletes 3 that the run made, keeps 2 of yours. 1 conflict."; "src back to …" of a part */
export function rollbackSentence(plan: PlanCounts): string {
  const { merge = 0 } = plan;
  const parts = [
    ...(plan.write > 0 ? [`writes ${formatCounted(plan.write, 'file')}`] : []),
    ...(merge > 0 ? [`merges ${formatCount(merge)} with your edits`] : []),
    ...(plan.delete > 0 ? [`deletes ${formatCount(plan.delete)} that the run made`] : []),
    ...(plan.keep > 0 ? [`keeps ${formatCount(plan.keep)} of yours`] : []),
  ];
  const does = parts.length === 0 ? 'no file differs' : parts.join(', ');
  const conflicts = plan.conflict === 0 ? '' : ` ${formatCounted(plan.conflict, 'conflict')}.`;
  const of = plan.only && `${plan.only.lines === undefined ? '' : 'Part of '}${somePathsInWords(plan.only.paths)} `;
  const back = of === undefined ? 'Back' : `${of}back`;
  return `${back} to checkpoint ${formatCount(plan.to)}: ${does}.${conflicts}`;
}

/**
 * Text of a program, safe to draw: control characters are drawn in caret notation ("^[[31m"), so that an escape sequence is
 * seen and not obeyed; marks that turn the writing direction (which can make code read as other code), have no width or carry a
 * hidden text by their code point.
 */
export function visibleControls(text: string): string {
  if (plainText.test(text)) return text;
  const lines = text.replaceAll('\r\n', '\n');
  let out = '';
  for (const char of lines) out += visibleChar(char);
  return out;
}

/** What is drawn as it is: most of what programs say, told at once. */
const plainText = /^[\t\n\x20-\x7e]*$/;

function visibleChar(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (char === '\n' || char === '\t') return char;
  if (code >= 0x20 && code < 0x7f) return char;
  if (code < 0x20 || code === 0x7f) return `^${String.fromCodePoint(code ^ 0x40)}`;
  return unseen.some(([first, last]) => code >= first && code <= last)
    ? `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
    : char;
}

/**
 * Ranges of code points: C1, soft hyphen, direction and width marks, fillers that are drawn as nothing, line and paragraph
 * separators, tag characters and the selectors that carry hidden bytes (those that emoji use are left).
 */
const unseen = [
  [0x80, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0d],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
] as const;

const notificationChars = 200;

/**
 * Text of a run for a notification of VS Code, which draws Markdown links and lets them run commands: one line, at most 200
 * characters, drawn safely, and no link: a space without width parts each label from its target.
 */
export function forNotification(text: string): string {
  const line = visibleControls(text.trim().replace(/\s*[\r\n]\s*/g, ' ')).replaceAll('](', ']\u200b(');
  const chars = Array.from(line);
  return chars.length <= notificationChars ? line : `${chars.slice(0, notificationChars - 1).join('')}…`;
}

/** Text of a run for a list of VS Code's, which draws `$(name)` as an icon: one line, at most 200 characters, no icon. */
export function forPick(text: string): string {
  return forNotification(text).replaceAll('$(', '$\u200b(');
}

export interface CutText {
  readonly text: string;
  /** Whether lines or characters were left out. */
  readonly cut: boolean;
}

const charsAtMost = 4_000;

/** The first lines of an output, drawn safely; a line feed at the end opens no line of its own. */
export function firstLines(text: string, count: number): CutText {
  const lines = trimEnd(text).split('\n', count + 1);
  return bounded(lines.slice(0, count).join('\n'), lines.length > count, (t) => t.slice(0, charsAtMost));
}

/** The last lines of an output, drawn safely, for what is still coming. */
export function lastLines(text: string, count: number): CutText {
  const lines = trimEnd(text.slice(-charsAtMost * 4)).split('\n');
  return bounded(lines.slice(-count).join('\n'), lines.length > count, (t) => t.slice(-charsAtMost));
}

/** What a program said at the end of its words, in one line: its last `count` lines that are not empty. */
export function saidLast(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const shown = lines.slice(-count).map((line) => line.trim());
  return lines.length > shown.length ? `… ${shown.join(' · ')}` : shown.join(' · ');
}

function bounded(text: string, cut: boolean, bound: (text: string) => string): CutText {
  const part = text.length > charsAtMost ? bound(text) : text;
  return { text: visibleControls(part), cut: cut || part.length < text.length };
}

function trimEnd(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

interface CacheUse {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
}

/** "81 % of the input read from the cache, 12 k written to it"; empty where the provider has none. */
export function cacheWords({ inputTokens, cachedTokens, cacheWriteTokens }: CacheUse): string {
  if (cachedTokens + cacheWriteTokens === 0) return '';
  const share = Math.round((100 * cachedTokens) / Math.max(1, inputTokens));
  const written = cacheWriteTokens === 0 ? '' : `, ${formatTokens(cacheWriteTokens)} written to it`;
  return `${String(share)} % of the input read from the cache${written}`;
}

/** "forked from checkpoint 12 of run 20261123-0640-7f3a" */
export function forkWords({ run, checkpoint }: { readonly run: string; readonly checkpoint: number }): string {
  return `forked from checkpoint ${formatCount(checkpoint)} of run ${visibleControls(run)}`;
}

/** The branch that is proposed for a fork in a worktree. */
export const forkBranch = (runId: string, checkpoint: number) => `belay/${runId}-${String(checkpoint)}`;

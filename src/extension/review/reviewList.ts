/**
 * Job: the rows of the Review view: findings and what else to look at first, the other changed files, generated ones, what was read.
 * Boundary: pure; reviewTree.ts asks and keeps, reviewItems.ts draws.
 */
import type { ChangedFile } from '../../protocol/messages.ts';
import { formatCount, formatCounted } from '../../run/forDisplay.ts';
import type { ReviewFinding, ReviewPlace } from './findings.ts';
import { isGenerated, whyFirst, whyNoText } from './fileKinds.ts';
import type { ReadState } from './readMarks.ts';

/** A multi-diff loads all of its files at once: longer groups open page by page. */
export const pageFiles = 40;

export type GroupName = 'first' | 'changed' | 'generated' | 'read';

export interface ReviewFile {
  readonly kind: 'file';
  readonly file: ChangedFile;
  readonly group: GroupName;
  readonly read: ReadState;
  /** Why it is to be looked at first. */
  readonly why: string | null;
  /** Why it has a diff of its own, beside the others'. */
  readonly alone: ReturnType<typeof whyNoText>;
  /** The supervisor changed it while the gate stands. */
  readonly edited: boolean;
}

export interface ReviewPage {
  readonly kind: 'page';
  readonly group: GroupName;
  /** "1–40 of 63" */
  readonly label: string;
  readonly index: number;
  readonly files: readonly ReviewFile[];
}

export interface ReviewGroup {
  readonly kind: 'group';
  readonly group: GroupName;
  readonly label: string;
  /** What a check of integrity found; only to look at first. */
  readonly findings: readonly ReviewFinding[];
  /** All of the group. */
  readonly files: readonly ReviewFile[];
  /** None where the files fit on one page. */
  readonly pages: readonly ReviewPage[];
}

export type ReviewNode = ReviewGroup | ReviewPage | ReviewFile | ReviewFinding | ReviewPlace;

export interface ReviewMarks {
  readonly readOf: (file: ChangedFile) => ReadState;
  /** Read before the list was made: those stand in a group of their own, what is ticked now stays where it is. */
  readonly settled: ReadonlySet<string>;
  readonly edited: ReadonlySet<string>;
  /** Better words for why a file stands first, by path. */
  readonly why: ReadonlyMap<string, string>;
}

const labels: Readonly<Record<GroupName, string>> = {
  first: 'Look first',
  changed: 'Changed files',
  generated: 'Generated',
  read: 'Read',
};

/** Groups that have a file or a finding, in the order in which they are to be read. */
export function reviewGroups(
  files: readonly ChangedFile[],
  marks: ReviewMarks,
  found: readonly ReviewFinding[] = [],
): readonly ReviewGroup[] {
  const rows = files.map((file) => rowOf(file, marks));
  return (Object.keys(labels) as GroupName[]).flatMap((group): ReviewGroup[] => {
    const own = rows.filter((row) => row.group === group);
    const findings = group === 'first' ? found : [];
    if (own.length + findings.length === 0) return [];
    const label = `${labels[group]} (${formatCount(own.length + findings.length)})`;
    return [{ kind: 'group', group, label, findings, files: own, pages: pagesOf(group, own) }];
  });
}

function rowOf(file: ChangedFile, { readOf, settled, edited, why }: ReviewMarks): ReviewFile {
  const read = readOf(file);
  const generated = isGenerated(file);
  const first = generated ? null : (why.get(file.path) ?? whyFirst(file));
  const home = generated ? 'generated' : first === null ? 'changed' : 'first';
  const group = read === 'read' && settled.has(file.path) ? 'read' : home;
  return {
    kind: 'file',
    file,
    group,
    read,
    why: first,
    alone: whyNoText(file),
    edited: edited.has(file.path),
  };
}

function pagesOf(group: GroupName, files: readonly ReviewFile[]): readonly ReviewPage[] {
  if (files.length <= pageFiles) return [];
  return pagesIn(files).map((page, index) => ({ kind: 'page', group, ...page, index }));
}

/** Pages of at most `pageFiles`, with what each is called. */
export function pagesIn<T>(files: readonly T[]): readonly { readonly label: string; readonly files: readonly T[] }[] {
  const pages = [];
  for (let from = 0; from < files.length; from += pageFiles) {
    const page = files.slice(from, from + pageFiles);
    const label = `${formatCount(from + 1)}–${formatCount(from + page.length)} of ${formatCount(files.length)}`;
    pages.push({ label, files: page });
  }
  return pages;
}

/** The file after this one in the order of the rows that is not read, around the end; null when all are. */
export function nextUnread(groups: readonly ReviewGroup[], path: string | null): ReviewFile | null {
  const rows = groups.flatMap(({ files }) => files);
  const at = rows.findIndex(({ file }) => file.path === path);
  const after = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
  return after.find(({ read, file }) => read !== 'read' && file.path !== path) ?? null;
}

/** "23 of 61 files · 4,212 lines"; without a read one "61 files · 4,212 lines"; empty without a file. */
export function describeReview(files: readonly ChangedFile[], read: number): string {
  if (files.length === 0) return '';
  const lines = files.reduce((sum, file) => sum + (file.added ?? 0) + (file.removed ?? 0), 0);
  const count = formatCounted(files.length, 'file');
  return `${read === 0 ? count : `${formatCount(read)} of ${count}`}${lines === 0 ? '' : ` · ${formatCounted(lines, 'line')}`}`;
}

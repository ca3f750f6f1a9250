/**
 * Job: draw the rows of the Review view, with what a screen reader says of them.
 * Boundary: which rows there are is reviewList.ts's.
 */
import * as vscode from 'vscode';
import type { ChangedFile } from '../../protocol/messages.ts';
import { capitalised, formatBytes, formatCounted, formatLines, visibleControls } from '../../run/forDisplay.ts';
import { placeText } from '../../run/report/words.ts';
import { placesOf, spokenFinding, whereWords, type ReviewFinding, type ReviewPlace } from './findings.ts';
import { folderOf, nameOf } from './fileKinds.ts';
import type { ReviewFile, ReviewGroup, ReviewNode, ReviewPage } from './reviewList.ts';

export interface DrawnWith {
  readonly uri: (path: string) => vscode.Uri;
  /** What was asked for this file and waits, such as "Applies after step 413". */
  readonly pending: ReadonlyMap<string, string>;
}

const changeWords = { added: 'Added', modified: 'Changed', deleted: 'Deleted', mode: 'Mode changed' } as const;
const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

export function reviewItem(node: ReviewNode, drawn: DrawnWith): vscode.TreeItem {
  if (node.kind === 'group') return groupItem(node);
  if (node.kind === 'finding') return findingItem(node);
  if (node.kind === 'place') return placeItem(node, drawn);
  return node.kind === 'page' ? pageItem(node) : fileItem(node, drawn);
}

function groupItem({ group, label, files, findings, pages }: ReviewGroup): vscode.TreeItem {
  const open = group === 'first' || group === 'changed';
  const item = new vscode.TreeItem(label, open ? Expanded : Collapsed);
  item.id = `group:${group}`;
  item.contextValue = pages.length > 0 ? 'group paged' : 'group';
  item.tooltip = groupTips[group];
  const found = findings.length === 0 ? [] : [formatCounted(findings.length, 'finding')];
  const spokenParts = [label.replace(/ \(.*/, ''), ...found, formatCounted(files.length, 'file')];
  item.accessibilityInformation = { label: spokenParts.join(', ') };
  return item;
}

const groupTips: Readonly<Record<ReviewGroup['group'], string>> = {
  first:
    'What a check of integrity found; deleted files, tests, dependencies, configuration: small changes that matter',
  changed: 'The other files that differ from what is accepted',
  generated: 'Lock files, build output, minified files',
  read: 'Ticked before; back among the others when they change',
};

function pageItem({ group, label, index, files }: ReviewPage): vscode.TreeItem {
  const item = new vscode.TreeItem(label, index === 0 && group !== 'generated' ? Expanded : Collapsed);
  item.id = `page:${group}/${String(index)}`;
  item.contextValue = 'page';
  item.accessibilityInformation = { label: `Files ${label}` };
  const unread = files.filter(({ read }) => read !== 'read').length;
  item.description = unread === 0 ? 'all read' : unread === files.length ? '' : `${String(unread)} unread`;
  return item;
}

const severityIcons: Readonly<Record<ReviewFinding['flag']['severity'], readonly [icon: string, color: string]>> = {
  gate: ['error', 'problemsErrorIcon.foreground'],
  flagged: ['warning', 'problemsWarningIcon.foreground'],
  listed: ['info', 'problemsInfoIcon.foreground'],
};

function findingItem(finding: ReviewFinding): vscode.TreeItem {
  const { name, flag } = finding;
  const item = new vscode.TreeItem(
    visibleControls(capitalised(flag.text)),
    placesOf(finding).length === 0 ? vscode.TreeItemCollapsibleState.None : Collapsed,
  );
  const [icon, color] = severityIcons[flag.severity];
  item.id = `finding:${name}`;
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  item.description = whereWords(finding);
  item.tooltip = spokenFinding(finding);
  item.contextValue = 'finding';
  item.command = { command: 'belay.openFinding', title: 'Open', arguments: [finding] };
  item.accessibilityInformation = { label: spokenFinding(finding) };
  return item;
}

function placeItem(row: ReviewPlace, { uri }: DrawnWith): vscode.TreeItem {
  const { finding, index } = row;
  const place = finding.flag.places[index];
  const item = new vscode.TreeItem(place === undefined ? '' : visibleControls(placeText(place)));
  item.id = `place:${finding.name}/${String(index)}`;
  if (place !== undefined) item.tooltip = uri(place.path).fsPath;
  item.contextValue = 'place';
  item.command = { command: 'belay.openFinding', title: 'Open', arguments: [row] };
  return item;
}

function fileItem(row: ReviewFile, { uri, pending }: DrawnWith): vscode.TreeItem {
  const { file, read, why, edited } = row;
  const { path, change } = file;
  const item = new vscode.TreeItem(nameOf(path));
  const waits = pending.get(path) ?? '';
  const news = [waits, edited ? 'you edited it' : '', read === 'changed' ? 'changed since you read it' : ''];
  item.id = `file:${path}`;
  item.resourceUri = uri(path);
  item.iconPath = vscode.ThemeIcon.File;
  item.description = filled([...news, why ?? '', folderOf(path), sizeOf(row)]).join('  ');
  item.tooltip = filled([path, filled([changeWords[change], why ?? '', sizeOf(row)]).join(', '), ...news]).join('\n');
  item.contextValue = `file ${change}${waits === '' ? '' : ' pending'}`;
  item.command = { command: 'belay.openDiff', title: 'Open Diff', arguments: [row] };
  item.checkboxState = checkboxOf(read);
  item.accessibilityInformation = { label: spoken(row, waits) };
  return item;
}

function checkboxOf(read: ReviewFile['read']): NonNullable<Exclude<vscode.TreeItem['checkboxState'], number>> {
  const isRead = read === 'read';
  const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
  return {
    state: isRead ? Checked : Unchecked,
    tooltip: isRead ? 'You have read this version' : 'Tick when you have read this version (this does not accept it)',
    accessibilityInformation: { label: isRead ? 'read' : 'not read' },
  };
}

/** "week.go in src, changed, 120 lines added, 14 removed, not read" */
function spoken({ file, read, why, edited, alone }: ReviewFile, waits: string): string {
  const folder = folderOf(file.path);
  const { added, removed, change } = file;
  return filled([
    folder === '' ? nameOf(file.path) : `${nameOf(file.path)} in ${folder}`,
    changeWords[change].toLowerCase(),
    why === null || why === change ? '' : why,
    alone ?? '',
    alone === null && added !== undefined
      ? `${formatCounted(added, 'line')} added, ${String(removed ?? 0)} removed`
      : '',
    edited ? 'you edited it' : '',
    { read: 'read', unread: 'not read', changed: 'changed since you read it' }[read],
    waits,
  ]).join(', ');
}

/** "+12 −3", "image, 4.2 kB", "over 1 MB, +12 −3" */
function sizeOf({ file, alone }: Pick<ReviewFile, 'file' | 'alone'>): string {
  if (file.change === 'mode') return 'mode';
  const bytes = formatBytes(file.afterBytes ?? file.beforeBytes ?? 0);
  if (alone === 'image' || alone === 'binary') return `${alone}, ${bytes}`;
  return filled([alone ?? '', linesOf(file) ?? bytes]).join(', ');
}

function linesOf({ added, removed }: ChangedFile): string | null {
  return added === undefined || removed === undefined ? null : formatLines({ added, removed });
}

function filled(words: readonly string[]): string[] {
  return words.filter((word) => word !== '');
}

/**
 * Job: the commands of the Review view by name.
 * Boundary: a table; VS Code gives a row's command the row and, where several are selected, all of them.
 */
import type { Parts } from '../parts.ts';
import type { ReviewNode } from '../review/reviewList.ts';
import { commitRows } from './commit.ts';
import { openFinding } from './findings.ts';
import { openFile } from './open.ts';
import {
  acceptReviewed,
  acceptRows,
  filesOf,
  markFiles,
  openAllDiffs,
  openGroupDiffs,
  openReviewDiff,
  readRows,
  rejectRows,
  reviewGate,
  reviewNext,
  undoAccept,
} from './review.ts';
import { rollBackRows } from './rollBackPart.ts';

type OnRows = (parts: Parts, node?: ReviewNode, nodes?: readonly ReviewNode[]) => unknown;

const onRows =
  (work: OnRows) =>
  (parts: Parts, node: unknown, nodes: unknown): unknown =>
    work(parts, node as ReviewNode | undefined, nodes as readonly ReviewNode[] | undefined);

export const reviewCommands = {
  reviewGate,
  reviewNext,
  openAllDiffs,
  acceptReviewed,
  undoAccept,
  openDiff: onRows(openReviewDiff),
  openFinding: onRows(openFinding),
  openGroupDiffs: onRows(openGroupDiffs),
  openFile: onRows((parts, node) => (node?.kind === 'file' ? openFile(parts, node.file.path) : undefined)),
  commitReviewed: (parts: Parts) => commitRows(parts, readRows(parts)),
  commitFile: onRows((parts, ...chosen) => commitRows(parts, filesOf(parts, ...chosen))),
  acceptFile: onRows((parts, ...chosen) => acceptRows(parts, filesOf(parts, ...chosen))),
  rejectFile: onRows((parts, ...chosen) => rejectRows(parts, filesOf(parts, ...chosen))),
  rollBackFile: onRows((parts, ...chosen) => rollBackRows(parts, filesOf(parts, ...chosen))),
  markRead: onRows((parts, ...chosen) => markFiles(parts, true, filesOf(parts, ...chosen))),
  markUnread: onRows((parts, ...chosen) => markFiles(parts, false, filesOf(parts, ...chosen))),
};

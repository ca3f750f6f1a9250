/**
 * Job: what a prompt's view needs beside the state: the summary that stands in for the story, and the visible cases that fail.
 * Boundary: reads blobs. Cases are told where the story before was left out: else the story told of them.
 * Rules: H1 the visible suite alone.
 */
import { standingCut, standingSummary } from '../../run/context.ts';
import type { ReadForView } from '../../run/promptView.ts';
import type { RunState } from '../../run/state.ts';
import type { Blobs } from '../journal/blobs.ts';
import { failingVisible } from './failingVisible.ts';

export async function readForView(state: RunState, blobs: Blobs): Promise<Required<ReadForView>> {
  const summary = standingSummary(state);
  const isCut = standingCut(state) !== null || state.stalls.freshFrom !== null;
  return {
    summary: summary === null ? null : (await blobs.getBlob(summary.digest)).toString('utf8'),
    failing: isCut ? await failingVisible(state, blobs) : [],
  };
}

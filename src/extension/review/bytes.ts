/**
 * Job: a binary file as text that a diff can show: the address of a side, and who serves it.
 * Boundary: read-only documents; bytes by request to the engine; how they are drawn is bytesText.ts's.
 */
import * as vscode from 'vscode';
import type { CommitSide, Side } from '../../protocol/messages.ts';
import { bytesText } from './bytesText.ts';
import type { CheckpointSource } from './checkpointFiles.ts';
import { nameOf } from './fileKinds.ts';

const scheme = 'belay-bytes';

interface BytesAddress {
  readonly run: string;
  readonly path: string;
  readonly side: Exclude<Side, 'accepted'>;
  /** Documents are kept, and what stands in the folder changes: so it has its version in the address. */
  readonly version: string | null;
}

export function bytesUri({ run, path, side, version }: BytesAddress): vscode.Uri {
  const query = new URLSearchParams({ run, side: String(side), path, version: version ?? '' });
  return vscode.Uri.from({ scheme, path: `/${nameOf(path)} (bytes)`, query: query.toString() });
}

export function serveBytes({ session, ready }: Pick<CheckpointSource, 'session' | 'ready'>): vscode.Disposable {
  const provideTextDocumentContent = async (uri: vscode.Uri): Promise<string> => {
    await ready();
    const query = new URLSearchParams(uri.query);
    const side = query.get('side') ?? '';
    if (query.get('run') !== session.runId || !/^(workspace|\d{1,9}|commit [0-9a-f]{40,64})$/.test(side))
      return 'This document belongs to a run that this window does not show.';
    const path = query.get('path') ?? '';
    const { contentBase64 } = await session.request('readFileAt', {
      side: /^\d+$/.test(side) ? Number(side) : (side as CommitSide | 'workspace'),
      path,
    });
    return contentBase64 === null ? 'There is no such file.' : bytesText(Buffer.from(contentBase64, 'base64'));
  };
  return vscode.workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent });
}

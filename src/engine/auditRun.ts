/**
 * Job: audit a run directory: its journal with every blob, and the checkpoints that it names.
 * Boundary: joins the journal's audit with the store's; reads only, safe beside a living engine.
 * Rules: J9.
 */
import { join } from 'node:path';
import type { Audit } from '../protocol/places.ts';
import type { Entry } from '../run/entry.ts';
import { auditStore, type NamedCheckpoint } from './checkpoint/auditStore.ts';
import { verifyAudit } from './journal/verifyAudit.ts';

/** @param full also checks the bytes of every object of the checkpoint store */
export async function auditRun(run: string, full: boolean): Promise<Audit> {
  const named = new Named();
  const audit = await verifyAudit(run, named.follow);
  const found = await auditStore(join(run, 'store.git'), named.kept(), { full });
  if (found.length === 0) return audit;
  // A living engine may have thinned some since the journal was read.
  const now = new Named();
  await verifyAudit(run, now.follow);
  const kept = new Set(now.kept().map(({ checkpoint }) => checkpoint));
  const problems = found
    .filter(({ checkpoint }) => checkpoint === null || kept.has(checkpoint))
    .map(
      ({ checkpoint, message }) =>
        `${checkpoint === null ? 'checkpoint store' : `checkpoint ${String(checkpoint)}`}: ${message}`,
    );
  return { ...audit, ok: audit.ok && problems.length === 0, problems: [...audit.problems, ...problems] };
}

class Named {
  private readonly checkpoints = new Map<number, NamedCheckpoint>();

  readonly follow = (entry: Entry): void => {
    if (entry.type === 'checkpoint.created') this.checkpoints.set(entry.checkpoint, entry);
    if (entry.type === 'checkpoints.thinned') for (const number of entry.checkpoints) this.checkpoints.delete(number);
  };

  kept(): readonly NamedCheckpoint[] {
    return [...this.checkpoints.values()];
  }
}

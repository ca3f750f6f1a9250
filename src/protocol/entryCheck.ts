/**
 * Job: check once, where entries come in from the wire, that they are entries of this vocabulary and in order.
 * Boundary: header and type; the fields are the engine's word, which the protocol version covers.
 * Rules: J1.
 */
import type { Entry, EntryType } from '../run/entry.ts';

const entryTypes: Readonly<Record<EntryType, true>> = {
  'run.created': true,
  'engine.started': true,
  'clock.jumped': true,
  'run.paused': true,
  'run.resumed': true,
  'stop.requested': true,
  'run.ended': true,
  'step.started': true,
  'step.finished': true,
  'model.requested': true,
  'model.answered': true,
  'model.failed': true,
  'tool.started': true,
  'tool.finished': true,
  'checkpoint.created': true,
  'checkpoints.thinned': true,
  'store.swept': true,
  'quota.changed': true,
  'rollback.started': true,
  'rollback.finished': true,
  'file.rejected': true,
  'verification.started': true,
  'verification.finished': true,
  'verification.sampled': true,
  'verification.failed': true,
  'integrity.checked': true,
  'stall.detected': true,
  'stall.settled': true,
  'stall.dismissed': true,
  'model.changed': true,
  'context.asked': true,
  'summary.requested': true,
  'summary.answered': true,
  'summary.failed': true,
  'context.compacted': true,
  'context.freshened': true,
  'heldOut.viewed': true,
  'gate.opened': true,
  'gate.decided': true,
  'files.accepted': true,
  'commit.started': true,
  'commit.finished': true,
  'commit.failed': true,
  'commit.undone': true,
  'acceptance.withdrawn': true,
  'run.forked': true,
  'directive.added': true,
  'directive.withdrawn': true,
  'budget.changed': true,
};

export class EntryRejected extends Error {
  override readonly name = 'EntryRejected';
}

/** @throws EntryRejected */
export function checkEntry(value: unknown, expectedSeq: number): Entry {
  if (typeof value !== 'object' || value === null)
    throw new EntryRejected('the engine sent something that is no entry');
  const { seq, type, at } = value as Partial<Entry>;
  if (seq !== expectedSeq)
    throw new EntryRejected(`the engine sent entry ${String(seq)} where ${String(expectedSeq)} was due`);
  if (typeof at !== 'number' || typeof type !== 'string' || !Object.hasOwn(entryTypes, type)) {
    throw new EntryRejected(
      `entry ${String(seq)} is a "${String(type)}", which this version of Belay doesn't know: update Belay`,
    );
  }
  return value as Entry;
}

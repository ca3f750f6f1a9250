/**
 * Job: what may become of a snapshot while no engine runs: torn, put back from before, or telling something else than the journal.
 * Boundary: the files on the simulated disk alone; a draw of its own, so that the rest of a seed's run stays as it is.
 */
import { hash } from 'node:crypto';
import { LongList } from '../../src/base/longList.ts';
import { readSnapshot } from '../../src/engine/journal/snapshots.ts';
import { snapshotFile, snapshotLines } from '../../src/protocol/snapshot.ts';
import type { Random, SimulatedDisk } from '../unit/journal/simulatedDisk.ts';
import { runFolder } from './engine.ts';

const file = snapshotFile(runFolder);

export class SnapshotMeddler {
  /** Whether a lie lies on the disk, or did: it is thrown away when it is found out. */
  hasLied = false;
  private readonly random: Random;
  private readonly onMeddled: () => void;
  private old: Buffer | null = null;

  constructor(random: Random, onMeddled: () => void) {
    this.random = random;
    this.onMeddled = onMeddled;
  }

  async meddle(disk: SimulatedDisk): Promise<void> {
    const now = disk.presentContent(file);
    const draw = this.random();
    if (now === null) return;
    if (draw < 0.1) await this.replace(disk, now.subarray(0, Math.floor(this.random() * now.length)));
    else if (draw < 0.2 && this.old !== null) await this.replace(disk, this.old);
    else if (draw < 0.3) await this.lie(disk);
    this.old = Buffer.from(now);
  }

  private async lie(disk: SimulatedDisk): Promise<void> {
    const snapshot = await readSnapshot(runFolder, disk);
    if (snapshot === null) return;
    const { state } = snapshot;
    const lies = [
      { ...state, budget: { ...state.budget, spentUsd: 0, tokens: 0 } },
      { ...state, checkpoints: LongList.of(state.checkpoints.slice(0, -1)) },
      { ...state, directives: [] },
      { ...state, gate: null, paused: null, stepsFinished: state.stepsFinished + 1 },
    ];
    const lie = lies[Math.floor(this.random() * lies.length)] ?? state;
    const body = [...snapshotLines({ ...snapshot, state: lie })].map((line) => `${line}\n`).join('');
    this.hasLied = true;
    await this.replace(disk, Buffer.from(`${hash('sha256', body)}\n${body}`, 'utf8'));
  }

  private async replace(disk: SimulatedDisk, bytes: Uint8Array): Promise<void> {
    this.onMeddled();
    const { cutAt, room } = disk;
    disk.cutAt = Infinity;
    disk.room = Infinity;
    await disk.remove(file);
    const written = await disk.openToAppend(file);
    await written.append(bytes);
    await written.sync();
    disk.cutAt = cutAt;
    disk.room = room;
  }
}

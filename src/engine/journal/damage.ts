/** Job: what a journal throws when it can't be read, or takes no more entries. */

/** The journal says something that no torn write explains. Nothing is skipped and nothing is changed (J4). */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
  readonly segment: string;
  /** Offset of the broken line in the segment, bytes. */
  readonly offset: number;

  constructor(segment: string, offset: number, problem: string) {
    super(
      `The journal is damaged: ${segment}, byte ${String(offset)}: ${problem}. Nothing was changed; restore the file from a backup.`,
    );
    this.segment = segment;
    this.offset = offset;
  }
}

/** Writing failed for another reason than a full disk; this journal takes no more entries. */
export class JournalFailed extends Error {
  override readonly name = 'JournalFailed';
}

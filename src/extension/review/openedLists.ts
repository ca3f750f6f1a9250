/**
 * Job: what Belay put on the left of each file of the multi-diffs that it opened: VS Code tells an extension a multi-diff's label
 *   and the editor within it that has the keyboard, and no more.
 * Boundary: pure. B3 the newest lists are kept.
 */

const listsKept = 50;

/** One file of a list; addresses as text, null where that side has no such file. */
export interface ListedDiff {
  readonly left: string | null;
  readonly right: string | null;
}

export class OpenedLists {
  /** Oldest first. */
  private readonly lists = new Map<string, ReadonlyMap<string, string>>();

  /** @param title as it was given to VS Code; a list that is opened again under it takes its place */
  remember(title: string, diffs: readonly ListedDiff[]): void {
    const pairs = diffs.flatMap(({ left, right }) => (left === null || right === null ? [] : [[right, left] as const]));
    this.lists.delete(title);
    this.lists.set(title, new Map(pairs));
    const [oldest] = this.lists.keys();
    if (this.lists.size > listsKept && oldest !== undefined) this.lists.delete(oldest);
  }

  /** The left sides of the list by their right ones. @param label of its tab: the title, and what VS Code adds to it */
  at(label: string): ReadonlyMap<string, string> | null {
    return this.lists.get(label) ?? this.lists.get(label.replace(/ \([^()]*\)$/, '')) ?? null;
  }
}

/**
 * Job: a supervisor who types while the run goes on: a line into their notes, a new file, an edit of a file of theirs; and who
 * knows afterwards what must be there.
 * Boundary: writes below the workspace only, and only what is the supervisor's own.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from '../unit/journal/simulatedDisk.ts';

const notes = 'mine/notes.txt';

export class OwnEdits {
  private readonly workspace: string;
  private readonly random: Random;
  private readonly wanted = new Map<string, string>();
  private timer: NodeJS.Timeout | null = null;

  constructor(workspace: string, random: Random) {
    this.workspace = workspace;
    this.random = random;
  }

  begin(): void {
    this.timer = setTimeout(
      () => {
        this.edit();
        this.begin();
      },
      300 + this.random() * 1_500,
    );
  }

  end(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** Bytes that were written here and are not where they were written. */
  lostBytes(): number {
    let lost = 0;
    for (const [path, content] of this.wanted) {
      const file = join(this.workspace, path);
      const found = existsSync(file) ? readFileSync(file, 'utf8') : '';
      if (found === content) continue;
      console.error(`${path} holds ${String(found.length)} bytes, ${String(content.length)} were written`);
      lost += Math.max(1, content.length - found.length);
    }
    return lost;
  }

  private edit(): void {
    const count = this.wanted.size;
    if (this.random() < 0.6) this.append(notes, `line ${String(Math.floor(this.random() * 1e9))}\n`);
    else if (this.random() < 0.7) this.append(`mine/thought${String(count)}.md`, 'A thought.\n');
    else this.append(`mine/deep/er/${String(count % 5)}.txt`, `${'x'.repeat(Math.floor(this.random() * 5_000))}\n`);
  }

  private append(path: string, text: string): void {
    const file = join(this.workspace, path);
    const before = this.wanted.get(path);
    mkdirSync(dirname(file), { recursive: true });
    // As an editor does it: by appending to what is there, or as a whole.
    if (before === undefined || this.random() < 0.5) appendFileSync(file, text);
    else writeFileSync(file, before + text);
    this.wanted.set(path, (before ?? '') + text);
  }
}

/**
 * Job: find expected outputs of visible cases in a source file.
 * Boundary: pure but for the views; the rule and its thresholds are `run/literals.ts`'s. Takes up to a second on a large file:
 *   for a worker, never for the engine's own thread.
 *
 * A common text of length m = ⌈0.8 n⌉ with an output of length n covers the output's characters n−m … m whatever its place. So
 * that core is searched for as it is and each find is widened: as exact as a suffix automaton, without one in memory.
 */
import type { Case } from '../../run/case.ts';
import { literalBits, literalShare, type LiteralHit } from '../../run/literals.ts';
import { CharacterModel } from './characterModel.ts';
import { viewsOf, type View } from './views.ts';

interface Expected {
  readonly id: string;
  readonly text: string;
  /** How many characters have to be found. */
  readonly least: number;
  readonly core: string;
}

/** What a suite expects, measured once. */
export class ExpectedOutputs {
  private readonly expected: readonly Expected[];
  private readonly model: CharacterModel;

  constructor(cases: readonly Case[]) {
    const texts = cases.map((one) => ({ id: one.id, text: outputOf(one) }));
    this.model = new CharacterModel(texts.map(({ text }) => text));
    this.expected = texts.flatMap(({ id, text }) => {
      if (this.model.bits(text, text) < literalBits) return [];
      const least = Math.ceil(text.length * literalShare);
      return [{ id, text, least, core: text.slice(text.length - least, least) }];
    });
  }

  /** How many cases could be found at all. */
  get eligible(): number {
    return this.expected.length;
  }

  /** The cases that stand in a file, each once, at its first place. Paths are the caller's. */
  hitsIn(source: string): readonly Omit<LiteralHit, 'path'>[] {
    const hits = new Map<string, Omit<LiteralHit, 'path'>>();
    for (const view of viewsOf(source)) {
      for (const one of this.expected) {
        if (hits.has(one.id)) continue;
        const hit = this.hitOf(one, view);
        if (hit !== null) hits.set(one.id, hit);
      }
    }
    return [...hits.values()];
  }

  private hitOf({ id, text, least, core }: Expected, view: View): Omit<LiteralHit, 'path'> | null {
    const start = text.length - least;
    for (let at = view.text.indexOf(core); at >= 0; at = view.text.indexOf(core, at + 1)) {
      const [from, to] = widened(view.text, at, text, start, core.length);
      if (to - from < least || this.model.bits(view.text.slice(from, to), text) < literalBits) continue;
      return { id, first: view.lineAt(from), last: view.lineAt(to - 1) };
    }
    return null;
  }
}

/** The whole common text around a find of `text[start, start + length)` at `at`. */
function widened(view: string, at: number, text: string, start: number, length: number): readonly [number, number] {
  let [from, ours] = [at, start];
  while (from > 0 && ours > 0 && view.charCodeAt(from - 1) === text.charCodeAt(ours - 1)) {
    from -= 1;
    ours -= 1;
  }
  let [to, after] = [at + length, start + length];
  while (to < view.length && after < text.length && view.charCodeAt(to) === text.charCodeAt(after)) {
    to += 1;
    after += 1;
  }
  return [from, to];
}

/** The longest of what a case expects. */
function outputOf({ expect }: Case): string {
  const texts = [expect.stdout ?? '', expect.stderr ?? '', ...Object.values(expect.files ?? {})];
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

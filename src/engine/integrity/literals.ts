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
    // A usage text that many cases expect is one text.
    const distinct = new Map(texts.toReversed().map((one) => [one.text, one]));
    this.expected = [...distinct.values()].reverse().flatMap(({ id, text }) => {
      if (this.model.bits(text, text) < literalBits) return [];
      const least = Math.ceil(text.length * literalShare);
      return [{ id, text, least, core: text.slice(text.length - least, least) }];
    });
  }

  /** How many different outputs could be found at all. */
  get eligible(): number {
    return this.expected.length;
  }

  /**
   * The cases that stand in a file, each once, at its first place; of cases that meet the same words of the file one, for a
   * program has to hold its messages. Paths are the caller's.
   */
  hitsIn(source: string): readonly Omit<LiteralHit, 'path'>[] {
    const hits: Omit<LiteralHit, 'path'>[] = [];
    const found = new Set<string>();
    for (const view of viewsOf(source)) {
      const begun = new Set<number>();
      const ended = new Set<number>();
      for (const one of this.expected) {
        const place = found.has(one.id) ? null : this.placeOf(one, view);
        if (place === null) continue;
        const [from, to] = place;
        found.add(one.id);
        if (!begun.has(from) && !ended.has(to))
          hits.push({ id: one.id, first: view.lineAt(from), last: view.lineAt(to - 1) });
        begun.add(from);
        ended.add(to);
      }
    }
    return hits;
  }

  /** The longest place, for an output that is much like another one has its own in a table. */
  private placeOf({ text, least, core }: Expected, view: View): readonly [from: number, to: number] | null {
    const start = text.length - least;
    let longest: readonly [from: number, to: number] | null = null;
    for (let at = view.text.indexOf(core); at >= 0; at = view.text.indexOf(core, at + 1)) {
      const [from, to] = widened(view.text, at, text, start, core.length);
      const most = longest === null ? least - 1 : longest[1] - longest[0];
      if (to - from <= most || this.model.bits(view.text.slice(from, to), text) < literalBits) continue;
      longest = [from, to];
      if (to - from === text.length) break;
    }
    return longest;
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

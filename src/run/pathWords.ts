/**
 * Job: paths within sentences that an agent or a person reads.
 * Boundary: pure. A name is any bytes but `/` and NUL, and the agent may choose it: it must not end the sentence, begin another
 *   in the supervisor's voice, or make a request that no provider takes.
 */

/** Control and format characters, separators of lines and paragraphs, halves of surrogate pairs (bytes that are no UTF-8). */
const notPlain = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const allNotPlain = new RegExp(notPlain.source, 'gu');

/** As it is where it reads as what it is, else as a JSON string with all else escaped. */
export function pathInWords(path: string): string {
  return notPlain.test(path) ? JSON.stringify(path).replace(allNotPlain, escaped) : path;
}

/** "a.txt, "b\n.txt"" */
export function pathsInWords(paths: readonly string[]): string {
  return paths.map(pathInWords).join(', ');
}

const namedPaths = 3;

/** The same, of many only the first: "a.txt, b.txt, c.txt and 12 more" */
export function somePathsInWords(paths: readonly string[]): string {
  const more = paths.length - namedPaths;
  const named = pathsInWords(paths.slice(0, namedPaths));
  return more > 0 ? `${named} and ${String(more)} more` : named;
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

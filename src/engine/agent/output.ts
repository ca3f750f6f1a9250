/** Job: fit texts into the bounds of what the agent is told and of what a row of the log shows. Pure. */

/** At most `most` UTF-16 units: the beginning and the end stay, the middle is counted. @param how it can be seen */
export function cutMiddle(text: string, most: number, how = ''): string {
  if (text.length <= most) return text;
  const room = Math.max(0, most - `\n[… 000000000000 characters left out${how}]\n`.length);
  const head = wholeUnits(text, Math.ceil(room * 0.6));
  const tailFrom = wholeUnits(text, text.length - (room - Math.ceil(room * 0.6)));
  return `${text.slice(0, head)}\n[… ${String(tailFrom - head)} characters left out${how}]\n${text.slice(tailFrom)}`;
}

/** From one index to another, each moved down where it would split a surrogate pair. */
export function partOf(text: string, from: number, to: number): string {
  return text.slice(wholeUnits(text, from), wholeUnits(text, Math.min(to, text.length)));
}

/** One line for a title. */
export function oneLine(text: string, most = 100): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, wholeUnits(line, most - 1))}…`;
}

/** Lines as an editor counts them: a last line without an end is a line, nothing after the last end is none. */
export function lineCount(text: string): number {
  if (text === '') return 0;
  const ends = text.split('\n').length - 1;
  return text.endsWith('\n') ? ends : ends + 1;
}

/** The nearest index at or below that does not split a surrogate pair. */
function wholeUnits(text: string, index: number): number {
  const before = text.charCodeAt(index - 1);
  return before >= 0xd800 && before <= 0xdbff ? index - 1 : index;
}

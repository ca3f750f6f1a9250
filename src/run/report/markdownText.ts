/**
 * Job: text that a model, a program or a path may have written, as plain words in Markdown; and tables of such words.
 * Boundary: pure. GitHub's and CommonMark's Markdown: nothing of the text becomes markup, a link, HTML or another row.
 */
import { visibleControls } from '../forDisplay.ts';

const special = /[\\`*_[\]<|~&$]/g;

/** One line of plain text. */
export function plain(text: string): string {
  const line = visibleControls(text.trim())
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('\t', ' ');
  return (
    line
      .replace(special, (char) => `\\${char}`)
      // Mentions, addresses and numbers of issues are found in the words as they are read: a space without width parts them.
      .replace(/#(?=\d)|\bGH-(?=\d)|(?<!\w)@(?=\w)|@(?=[\w-]+\.)/gi, '$&&#8203;')
      // What GitHub makes a link of without any markup.
      .replace(/(https?|ftp):\/\//gi, '$1&#58;//')
      .replace(/\bwww\./gi, 'www&#46;')
  );
}

/** Cells are taken as they are: `plain` what is not ours. No table without rows. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  if (rows.length === 0) return '';
  const rule = head.map((_, index) => (right.includes(index) ? '---:' : '---'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A heading and what stands below it; empty parts are left out. */
export function section(title: string, parts: readonly string[]): string {
  return [`## ${title}`, ...parts.filter((part) => part !== '')].join('\n\n');
}

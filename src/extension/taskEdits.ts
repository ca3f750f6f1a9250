/**
 * Job: change one value of a `belay.json` and leave its comments and everything else as they stand.
 * Boundary: text in, edits out; part of the late bundle.
 */
import { modify, type FormattingOptions, type JSONPath } from 'jsonc-parser';

export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

/** @param value undefined takes the key away */
export function taskEdits(text: string, path: readonly (string | number)[], value: unknown): readonly TextEdit[] {
  return modify(text, [...path] as JSONPath, value, { formattingOptions: formatOf(text) });
}

/** As the file is indented already. */
export function formatOf(text: string): FormattingOptions {
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  return { insertSpaces: !indent.includes('\t'), tabSize: indent.length, eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

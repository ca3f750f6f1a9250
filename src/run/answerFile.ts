/**
 * Job: whether a file can be the answer that a person brings for the model.
 * Boundary: pure; who reads it decodes it. What the answer says is judged by the engine.
 */
import { formatBytes } from './forDisplay.ts';
import { limits } from './limits.ts';

/** @returns what is wrong, for the person who chose the file; null: it may be read */
export function tooLargeToAnswer(name: string, bytes: number): string | null {
  if (bytes <= limits.answerByHandChars) return null;
  return `${name} has ${formatBytes(bytes)}; an answer has at most ${formatBytes(limits.answerByHandChars)}. Is it the right file?`;
}

/** @returns what is wrong with a pipe, a device or a folder, of which the first two never end; null: it is a file */
export function notAFile(name: string, isFile: boolean): string | null {
  return isFile ? null : `${name} is not a file. Drop the file with the answer.`;
}

/** @param text what the file holds; null: it is not UTF-8 @returns what is wrong; null: it may be sent */
export function notAnAnswer(name: string, text: string | null): string | null {
  if (text === null || text.includes('\0'))
    return `${name} is not a text file in UTF-8. Save the answer as plain text.`;
  return text.trim() === '' ? `${name} is empty.` : null;
}

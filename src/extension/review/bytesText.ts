/**
 * Job: bytes as text that a diff can show: how many, and the first of them in rows of sixteen.
 * Boundary: pure.
 */
import { formatCount } from '../../run/forDisplay.ts';

const bytesShown = 64 * 1024;

/** "00000000  7f 45 4c 46 …  |.ELF…|", one row for sixteen bytes. */
export function bytesText(content: Uint8Array): string {
  const rows = [`${formatCount(content.length)} bytes`, ''];
  for (let at = 0; at < Math.min(content.length, bytesShown); at += 16) {
    const row = Array.from(content.subarray(at, at + 16));
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  |${letters}|`);
  }
  if (content.length > bytesShown) rows.push('', `… the first ${formatCount(bytesShown)} bytes`);
  return `${rows.join('\n')}\n`;
}

/**
 * Job: one journal line: write it, read it, and judge what stands behind the last finished commit.
 * Boundary: bytes in, verdict out; no files.
 *
 *   <json of the entry> TAB <k>/<n> TAB <first 16 hex digits of SHA-256 of all before> LF
 *
 * `k/n` says that this is line k of n of one commit, so a commit of several entries that was torn is cut whole. The JSON never
 * holds a raw TAB, LF or NUL. `prev` of an entry is the SHA-256 of the line before, without LF.
 * Rules: J3 what a torn write can leave (a prefix, or sectors never written, which read as zeros) was never acknowledged and
 *   is cut. J4 everything else is damage. J6 the chain.
 */
import { hash } from 'node:crypto';
import type { Entry } from '../../run/entry.ts';

const lf = 0x0a;
const sector = 512;
const headPattern = /^\{"seq":(\d+),"at":\d+,"prev":"([0-9a-f]{64})","type":"/;
const frameCharsMost = 64;
const framePattern = /\t(\d+)\/(\d+)\t([0-9a-f]{16})$/;

export interface FramedLine {
  readonly seq: number;
  readonly prev: string;
  /** Position in its commit, from 1. */
  readonly k: number;
  readonly n: number;
  readonly json: string;
  /** SHA-256 of the whole line without LF: the next entry's `prev`. */
  readonly digest: string;
}

export const sha256 = (data: string | Uint8Array): string => hash('sha256', data, 'hex');

/** The line of an entry without its LF. The header's keys come first, so that the chain is checked without parsing. */
export function frameLine(entry: Entry, k: number, n: number): string {
  const { seq, at, prev, type, ...rest } = entry;
  const framed = `${JSON.stringify({ seq, at, prev, type, ...rest })}\t${String(k)}/${String(n)}`;
  return `${framed}\t${sha256(framed).slice(0, 16)}`;
}

/** Reads a line without its LF; null when it isn't whole. Digests are of the bytes, never of their decoding. */
export function readLine(bytes: Buffer): FramedLine | null {
  const text = lineText(bytes);
  if (text === null) return null;
  const { line, frame, head } = text;
  return {
    seq: Number(head[1]),
    prev: head[2] ?? '',
    k: Number(frame.k),
    n: Number(frame.n),
    json: line.slice(0, frame.index),
    digest: sha256(bytes),
  };
}

/** The entry's JSON alone, of a line that is checked by itself and not as a part of the chain; null when it isn't whole. */
export function readJson(bytes: Buffer): string | null {
  const text = lineText(bytes);
  return text === null ? null : text.line.slice(0, text.frame.index);
}

function lineText(bytes: Buffer) {
  const line = bytes.toString('utf8');
  // A frame has at most so many characters: the rest is not searched for it.
  const start = Math.max(0, line.length - frameCharsMost);
  const frame = framePattern.exec(line.slice(start));
  const head = headPattern.exec(line);
  if (!frame || !head) return null;
  if (hash('sha256', bytes.subarray(0, -17), 'hex').slice(0, 16) !== frame[3]) return null;
  return { line, head, frame: { index: start + frame.index, k: frame[1], n: frame[2] } };
}

export interface Piece {
  /** Offset of its first byte in the segment. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** False for what follows the last LF. */
  readonly ended: boolean;
}

/** The segment's lines in order, each with its offset. */
export function* pieces(segment: Buffer, from = 0): Generator<Piece> {
  let offset = from;
  while (offset < segment.length) {
    const end = segment.indexOf(lf, offset);
    const ended = end >= 0;
    const stop = ended ? end : segment.length;
    yield { offset, bytes: segment.subarray(offset, stop), ended };
    offset = stop + 1;
  }
}

/**
 * Null: a torn write of one commit could have left this. Otherwise where the damage is.
 * @param from offset behind the last finished commit
 * @param before where `segment` begins in its file
 */
export function judgeTail(
  segment: Buffer,
  from: number,
  firstSeq: number,
  before = 0,
): { readonly offset: number; readonly problem: string } | null {
  for (const piece of pieces(segment, from)) {
    const line = readLine(piece.bytes);
    if (line && piece.ended) {
      if (line.seq - line.k + 1 !== firstSeq)
        return { offset: piece.offset, problem: `entry ${String(line.seq)} follows a broken line` };
    } else if (!line && !couldBeTorn(segment, piece, from, before)) {
      return { offset: piece.offset, problem: `entry ${String(firstSeq)} or one after it doesn't match its digest` };
    }
  }
  return null;
}

function couldBeTorn(segment: Buffer, piece: Piece, from: number, before: number): boolean {
  if (hasUnwrittenSectors(segment, piece, from, before)) return true;
  if (piece.ended) return false;
  // A whole frame with more bytes behind it lost its LF to something else than a torn write.
  const text = piece.bytes.toString('utf8');
  const frame = /\t\d+\/\d+\t[0-9a-f]{16}/.exec(text);
  return !frame || frame.index + frame[0].length === text.length;
}

/** Zeros count only as whole sectors (or to an end of the write): a flipped bit that makes one zero byte is damage. */
function hasUnwrittenSectors(segment: Buffer, piece: Piece, from: number, before: number): boolean {
  let at = piece.bytes.indexOf(0);
  if (at < 0) return false;
  while (at >= 0) {
    let end = at;
    while (end < piece.bytes.length && piece.bytes[end] === 0) end++;
    const first = piece.offset + at;
    const last = piece.offset + end;
    if (first !== from && (before + first) % sector !== 0) return false;
    if (last !== segment.length && (before + last) % sector !== 0) return false;
    at = piece.bytes.indexOf(0, end);
  }
  return true;
}

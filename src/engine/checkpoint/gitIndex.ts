/**
 * Job: write an index of git for files that a manifest lists, so that `git status` trusts what did not change since.
 * Boundary: bytes out; version 2 with the extension TREE, SHA-1 ids (git's Documentation/gitformat-index). Nothing is read from disk.
 */
import { createHash } from 'node:crypto';

export interface IndexFile {
  /** The whole path, as git orders it. */
  readonly path: Buffer;
  /** As in a tree: "100644", "100755" or "120000". */
  readonly mode: string;
  /** 40 hex digits. */
  readonly id: string;
  readonly size: number;
  /** As in a manifest's entry; '' makes git read the file. */
  readonly stamp: string;
}

/** A folder's tree, with all that is below it. */
export interface IndexTree {
  /** '' for the top. */
  readonly name: Buffer;
  /** Files at any depth. */
  readonly files: number;
  readonly id: string;
  readonly below: readonly IndexTree[];
}

/** Who the files seem to belong to for whoever runs git. */
export interface IndexOwner {
  readonly uid: number;
  readonly gid: number;
}

/** @param files sorted by the bytes of their paths. @param breathe is awaited between them */
export async function gitIndex(
  files: readonly IndexFile[],
  top: IndexTree,
  owner: IndexOwner,
  breathe: () => Promise<void>,
): Promise<Buffer> {
  const head = Buffer.alloc(12);
  head.write('DIRC', 'latin1');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(files.length, 8);
  const trees = Buffer.concat(treeLines(top));
  const extension = Buffer.alloc(8);
  extension.write('TREE', 'latin1');
  extension.writeUInt32BE(trees.length, 4);
  const rows: Buffer[] = [];
  for (const file of files) {
    await breathe();
    rows.push(fileRow(file, owner));
  }
  const body = Buffer.concat([head, ...rows, extension, trees]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

const fixedBytes = 62;
const nameLengthMost = 0xfff;

function fileRow({ path, mode, id, size, stamp }: IndexFile, { uid, gid }: IndexOwner): Buffer {
  const row = Buffer.alloc((fixedBytes + path.length + 8) & ~7);
  row.writeUInt32BE(parseInt(mode, 8), 24);
  if (stamp !== '') {
    const [mtimeNs = '0', ctimeNs = '0', inode = '0'] = stamp.split(':');
    writeTime(row, 0, BigInt(ctimeNs));
    writeTime(row, 8, BigInt(mtimeNs));
    row.writeUInt32BE(Number(BigInt.asUintN(32, BigInt(inode))), 20); // 16, the device, is not compared
    row.writeUInt32BE(uid, 28);
    row.writeUInt32BE(gid, 32);
    row.writeUInt32BE(size % 2 ** 32, 36);
  }
  row.write(id, 40, 'hex');
  row.writeUInt16BE(Math.min(path.length, nameLengthMost), 60);
  path.copy(row, fixedBytes);
  return row;
}

function writeTime(row: Buffer, at: number, ns: bigint): void {
  row.writeUInt32BE(Number(BigInt.asUintN(32, ns / 1_000_000_000n)), at);
  row.writeUInt32BE(Number(ns % 1_000_000_000n), at + 4);
}

function treeLines({ name, files, id, below }: IndexTree): Buffer[] {
  const counts = `\0${String(files)} ${String(below.length)}\n`;
  return [name, Buffer.from(counts), Buffer.from(id, 'hex'), ...below.flatMap(treeLines)];
}

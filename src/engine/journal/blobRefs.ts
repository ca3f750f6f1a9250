/**
 * Job: find the blobs that entries name, wherever they stand in them (J9).
 * Boundary: structural; a BlobRef is an object of exactly `digest` (64 hex digits) and `bytes`.
 */
import type { BlobRef } from '../../run/entry.ts';

const digestPattern = /^[0-9a-f]{64}$/;

export function* blobRefsIn(value: unknown): Generator<BlobRef> {
  if (typeof value !== 'object' || value === null) return;
  if (isBlobRef(value)) yield value;
  else for (const part of Object.values(value)) yield* blobRefsIn(part);
}

function isBlobRef(value: object): value is BlobRef {
  return (
    'digest' in value &&
    typeof value.digest === 'string' &&
    digestPattern.test(value.digest) &&
    'bytes' in value &&
    typeof value.bytes === 'number' &&
    Object.keys(value).length === 2
  );
}

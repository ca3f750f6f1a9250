/**
 * Job: the thread that looks through files: up to a second for a large one, which the engine's own thread must not give.
 * Boundary: a worker; it is given the visible suite's file and the content of files, and writes nothing.
 * Rules: H1 a held-out suite is never named to it.
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import { parseSuite } from '../../run/suite.ts';
import { findingsIn, type FileFindings } from './findings.ts';
import { ExpectedOutputs } from './literals.ts';
import type { Suspicions } from './suspects.ts';

export interface ScannerData {
  /** The sealed copy of the visible suite. */
  readonly suiteFile: string;
  readonly suspicions: Suspicions;
}

export interface FileToScan {
  readonly path: string;
  readonly content: Uint8Array;
}

export type ToScanner = { readonly id: number; readonly file: FileToScan };
export type FromScanner =
  | { readonly kind: 'ready'; readonly eligible: number }
  | { readonly kind: 'found'; readonly id: number; readonly findings: FileFindings };

function main(): void {
  const port = parentPort;
  assert(port !== null, 'the scanner is a worker of the engine');
  const { suiteFile, suspicions } = workerData as ScannerData;
  const expected = new ExpectedOutputs(parseSuite(readFileSync(suiteFile, 'utf8')).cases);
  const say = (message: FromScanner) => {
    port.postMessage(message);
  };
  port.on('message', ({ id, file: { path, content } }: ToScanner) => {
    const findings = findingsIn(path, Buffer.from(content), expected, suspicions);
    say({ kind: 'found', id, findings });
  });
  say({ kind: 'ready', eligible: expected.eligible });
}

main();

/**
 * Job: join what checks the integrity of checkpoints: the scanner's thread, the sealed suite, the reference's file.
 * Boundary: makes and joins. Rules: H1 only the visible suite is handed on.
 */
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';

import { besideEngine } from './build.ts';
import { blobId } from './checkpoint/content.ts';
import type { Checkpoints } from './effects/checkpoints.ts';
import { IntegrityChecks } from './effects/integrityChecks.ts';
import { ScannerThread } from './integrity/scannerThread.ts';
import { referenceName } from './integrity/suspects.ts';
import type { Run } from './run.ts';
import type { VisibleSuite } from './verification/suite.ts';
import { taskFileName } from './workspace/paths.ts';
import type { World } from './world.ts';

export interface IntegrityParts {
  readonly run: Run;
  readonly checkpoints: Checkpoints;
  readonly world: World;
  readonly visibleSuite: VisibleSuite;
}

export function openIntegrity(parts: IntegrityParts, closing: (() => Promise<void>)[]): IntegrityChecks {
  const { run, checkpoints, world, visibleSuite } = parts;
  const { task, workspace, suiteFiles, recipe, reference } = world;
  const scanner = new ScannerThread(besideEngine('scanner.mjs', 'integrity/scanner.ts'), {
    suiteFile: visibleSuite.file,
    suspicions: {
      forbidden: task.candidate.forbidden ?? [],
      reference: task.reference ? referenceName(task.reference.command, task.candidate.run) : null,
    },
  });
  closing.push(() => scanner.close());
  const inside = 'visible' in suiteFiles ? relative(workspace, suiteFiles.visible) : '..';
  const isInside = inside !== '' && !inside.startsWith(`..${sep}`) && inside !== '..';
  return new IntegrityChecks({
    run,
    checkpoints,
    scanner,
    suite: isInside ? { path: inside, sealed: readFileSync(visibleSuite.file, 'utf8') } : null,
    passedOver: [taskFileName, ...recipe.withheld, ...task.docs],
    referenceDigest: digestOf(reference?.program ?? null),
  });
}

function digestOf(file: string | null): string | null {
  try {
    return file === null ? null : blobId(readFileSync(file));
  } catch {
    return null; // what can't be read can't have been copied by the agent either
  }
}

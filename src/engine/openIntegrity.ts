/**
 * Job: join what checks the integrity of checkpoints: the scanner's thread, the sealed suite, the reference's file.
 * Boundary: makes and joins. Rules: H1 only the visible suite is handed on.
 */
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { limits } from '../run/limits.ts';

import { besideEngine } from './build.ts';
import { blobId } from './checkpoint/content.ts';
import type { Checkpoints } from './effects/checkpoints.ts';
import { probing } from './effects/agentPorts.ts';
import { DualProbes } from './effects/dualProbes.ts';
import { IntegrityChecks } from './effects/integrityChecks.ts';
import { ScannerThread } from './integrity/scannerThread.ts';
import { referenceName } from './integrity/suspects.ts';
import type { Blobs } from './journal/blobs.ts';
import type { Run } from './run.ts';
import type { VisibleSuite } from './verification/suite.ts';
import type { VerifierClient } from './verification/verifierClient.ts';
import { taskFileName } from './workspace/paths.ts';
import type { World } from './world.ts';

export interface IntegrityParts {
  readonly run: Run;
  readonly checkpoints: Checkpoints;
  readonly world: World;
  readonly blobs: Blobs;
  readonly random: () => number;
  readonly clock: Clock;
  readonly visibleSuite: VisibleSuite;
  readonly visible: VerifierClient<'visible'>;
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
    clock: parts.clock,
    suite: isInside ? { path: inside, sealed: readFileSync(visibleSuite.file, 'utf8') } : null,
    // Not the task's documents: those are what they were, or they were written to.
    passedOver: [taskFileName, ...recipe.withheld],
    referenceDigest: digestOf(reference?.program ?? null),
    duals: dualsOf(parts),
  });
}

/** null where no reference can be asked; a recorded run asks nothing anew. */
function dualsOf({ run, blobs, random, checkpoints, world, visible, visibleSuite }: IntegrityParts): DualProbes | null {
  const { task, reference, recipe } = world;
  if (!task.reference || !reference?.program || task.model.provider === 'recorded') return null;
  const probe = probing(world, task.reference.command, 0, limits.dualsPerRun);
  return new DualProbes({
    run,
    blobs,
    random,
    suite: visibleSuite,
    file: join(world.run, 'work', 'duals', 'duals.jsonl'),
    verifier: visible,
    contentOf: (checkpoint) => ({
      recipe,
      tree: checkpoints.summary(checkpoint).tree,
      checkOut: (to) => checkpoints.exportTo(checkpoint, to),
    }),
    askReference: (question, signal) => probe(question, { signal, onOutput: () => undefined }),
  });
}

function digestOf(file: string | null): string | null {
  try {
    return file === null ? null : blobId(readFileSync(file));
  } catch {
    return null; // what can't be read can't have been copied by the agent either
  }
}

/**
 * Job: make every attack on this machine's sandbox and say what came of each.
 * Boundary: in a process of its own (see `scene.ts`); the caller prints and keeps the result.
 * Rules: H2 passed means that nothing came through but what is expected to: an attack that was not tried proves nothing and
 *   is counted apart.
 */
import { messageOf } from '../../base/assert.ts';
import { isAsExpected, type SandboxCheck, type TriedAttack } from '../../run/sandboxCheck.ts';
import type { Attack } from './attack.ts';
import { kernelAttacks } from './kernelAttacks.ts';
import { machineAttacks } from './machineAttacks.ts';
import { outlivingAttacks } from './outlivingAttacks.ts';
import { inScene, type Scene } from './scene.ts';
import { sealAttacks } from './sealAttacks.ts';
import { toolAttacks } from './toolAttacks.ts';
import { workspaceAttacks } from './workspaceAttacks.ts';

export const allAttacks: readonly Attack[] = [
  ...machineAttacks,
  ...kernelAttacks,
  ...workspaceAttacks,
  ...outlivingAttacks,
  ...toolAttacks,
  ...sealAttacks,
];

export interface SelfTestRequest {
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /** Only these, by name; all where absent. */
  readonly only?: ReadonlySet<string>;
}

/** @throws NoSandbox where there is none to test */
export async function selfTest({ signal, onProgress, only }: SelfTestRequest): Promise<SandboxCheck> {
  const attacks = only === undefined ? allAttacks : allAttacks.filter(({ name }) => only.has(name));
  return inScene(signal, async (scene) => {
    const tried: TriedAttack[] = [];
    for (const attack of attacks) {
      signal.throwIfAborted();
      tried.push(await tryAttack(attack, scene));
      onProgress?.(tried.length, attacks.length);
    }
    const { sandboxVersion, reasons } = scene.world;
    return {
      attacks: tried,
      passed: tried.every(isAsExpected) && reasons.length === 0,
      sandbox: sandboxVersion,
      reasons,
    };
  });
}

async function tryAttack(attack: Attack, scene: Scene): Promise<TriedAttack> {
  const { name, group, stoppedBy, expected } = attack;
  try {
    return { name, group, stoppedBy, expected, outcome: await attack.attempt(scene) };
  } catch (error) {
    return { name, group, stoppedBy, expected, outcome: 'not tried', why: messageOf(error) };
  }
}

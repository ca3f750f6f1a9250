/**
 * Job: the short form of the self-test, for a start on a machine whose sandbox nobody has checked: most attacks that are one
 *   command, all of them in one sandbox.
 * Boundary: as `selfTest.ts`. What takes long, what needs several sandboxes, the file tools and the seal are the long form's.
 * Rules: H2 fails closed: an attack of which nothing was heard has not been blocked.
 */
import { isAsExpected, type SandboxCheck, type TriedAttack } from '../../run/sandboxCheck.ts';
import { outcomeOf, type Attack } from './attack.ts';
import { inScene } from './scene.ts';
import { allAttacks } from './selfTest.ts';
import { quoted } from './words.ts';

/** They read much of the disk, or look for what the short form's scene is not made with. */
const leftOut: ReadonlySet<string> = new Set([
  'find it by name',
  'find it by content',
  'a copy under another name in a toolchain',
  'a copy under another name in the workspace',
  'find the reference among the objects',
]);

type ShortAttack = Attack & { readonly script: string };

const isShort = (attack: Attack): attack is ShortAttack =>
  attack.script !== undefined && attack.expected === 'blocked' && !leftOut.has(attack.name);

/** @throws NoSandbox where there is none to test */
export async function quickTest(signal: AbortSignal): Promise<SandboxCheck> {
  const attacks = allAttacks.filter(isShort);
  return inScene(
    signal,
    async (scene) => {
      const { output } = await scene.shell(batchOf(attacks));
      const exits = new Map(
        [...output.matchAll(/^attack (\d+) (\d+)$/gm)].map(([, at, exit]) => [Number(at), Number(exit)]),
      );
      const tried = attacks.map(({ name, group, stoppedBy, expected }, at): TriedAttack => {
        const exit = exits.get(at);
        const outcome = exit === undefined ? 'through' : outcomeOf(exit);
        return {
          name,
          group,
          stoppedBy,
          expected,
          outcome,
          ...(exit === undefined && { why: 'nothing was heard of it' }),
        };
      });
      return { attacks: tried, passed: tried.every(isAsExpected), sandbox: scene.world.sandboxVersion, reasons: [] };
    },
    { searchCopies: false },
  );
}

/** Each in a shell of its own, so that none changes what the next one finds. */
function batchOf(attacks: readonly ShortAttack[]): string {
  const calls = attacks.map(({ script }, at) => `one ${String(at)} ${quoted(script)}`);
  return ['one() { (eval "$2") >/dev/null 2>&1 </dev/null; echo "attack $1 $?"; }', ...calls].join('\n');
}

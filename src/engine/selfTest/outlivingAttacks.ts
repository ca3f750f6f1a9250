/**
 * Job: attacks that a command makes by not ending: a process that goes on after it, a limit that is outrun.
 * Boundary: looks at this machine's processes from outside.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Attack } from './attack.ts';
import type { Scene } from './scene.ts';

const killedWhole = 'the process namespace ends with its first process, and with it everything in it';

export const outlivingAttacks: readonly Attack[] = [
  outliving('a process that goes on after its command', (loop) => `${loop} & disown`),
  outliving('a daemon in a session of its own', (loop) => `setsid -f ${loop}`),
  outliving('a process that ignores every signal', (loop) => `trap '' TERM HUP INT; ${loop} & disown`),
  {
    name: 'more processes than allowed',
    group: 'Kernel',
    stoppedBy: 'a hard limit, a control group or the count of all processes',
    expected: 'blocked',
    attempt: async (scene) => {
      const { exitCode } = await scene.shell(
        'for i in $(seq 400); do sleep 5 & done; [ "$(jobs -pr | wc -l)" -ge 400 ]',
      );
      return exitCode === 0 ? 'through' : 'blocked';
    },
  },
  {
    name: 'more output than allowed',
    group: 'Kernel',
    stoppedBy: 'output is cut and the command killed',
    expected: 'blocked',
    attempt: async (scene) => {
      const { exitCode } = await scene.shell('head -c 64000000 /dev/zero');
      return exitCode === 0 ? 'through' : 'blocked';
    },
  },
];

/** The command is over when the loop has said that it goes on. */
function outliving(name: string, command: (loop: string) => string): Attack {
  return {
    name,
    group: 'Processes',
    stoppedBy: killedWhole,
    expected: 'blocked',
    attempt: async (scene: Scene) => {
      const mark = `belay-${randomUUID()}`;
      const loop = `bash -c 'echo up >/tmp/up; while :; do sleep 60; done' ${mark} >/dev/null`;
      await scene.shell(`mkfifo /tmp/up; ${command(loop)}; read -r up </tmp/up`);
      const alive = processesNamed(mark);
      for (const pid of alive) process.kill(pid, 'SIGKILL');
      return alive.length > 0 ? 'through' : 'blocked';
    },
  };
}

function processesNamed(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(mark) ? [Number(name)] : [];
      } catch {
        return []; // it has ended since it was listed
      }
    });
}

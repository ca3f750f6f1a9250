/** A bubblewrap that works until it is broken: a script in the place of the real one. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programOn } from '../../../src/engine/sandbox/probe.ts';

export interface BreakingSandbox {
  readonly program: string;
  /** PATH's form. */
  readonly folder: string;
  /** `gone`: the program is removed. `refusing`: it says what it says where the kernel lets nobody make a namespace. */
  break(how: 'gone' | 'refusing'): void;
  mend(): void;
}

export function breakingSandbox(root: string): BreakingSandbox {
  const real = programOn(process.env['PATH'] ?? '', 'bwrap');
  if (real === null) throw new Error('these tests need bubblewrap');
  const folder = join(root, 'breaking');
  const program = join(folder, 'bwrap');
  mkdirSync(folder);
  const put = (script: string) => {
    rmSync(program, { force: true });
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
  };
  const mend = () => {
    put(`exec ${real} "$@"`);
  };
  mend();
  return {
    program,
    folder,
    mend,
    break: (how) => {
      if (how === 'gone') rmSync(program);
      else
        put(
          `[ "$1" = --version ] && exec ${real} --version\necho 'bwrap: No permissions to create new namespace' >&2; exit 1`,
        );
    },
  };
}

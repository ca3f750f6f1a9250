import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Workbench } from './fixture.ts';

/** One kind of change of the run, from a workspace that `before` made. */
interface ChangeCase {
  readonly name: string;
  readonly before: (bench: Workbench) => void;
  readonly change: (bench: Workbench) => void;
}

const cases: readonly ChangeCase[] = [
  {
    name: 'an added file',
    before: () => undefined,
    change: (b) => {
      b.write('new.txt', 'new');
    },
  },
  {
    name: 'a file in new folders',
    before: () => undefined,
    change: (b) => {
      b.write('a/b/c.txt', 'new');
    },
  },
  {
    name: 'a modified file',
    before: (b) => {
      b.write('x', 'one');
    },
    change: (b) => {
      b.write('x', 'two');
    },
  },
  {
    name: 'a change that keeps size and mtime',
    before: (b) => {
      b.write('x', 'one');
    },
    change: (b) => {
      const { atime, mtime } = lstatSync(b.path('x'));
      b.write('x', 'two');
      utimesSync(b.path('x'), atime, mtime);
    },
  },
  {
    name: 'a deleted file',
    before: (b) => {
      b.write('d/x', 'one');
    },
    change: (b) => {
      b.remove('d/x');
    },
  },
  {
    name: 'a deleted folder',
    before: (b) => {
      b.write('d/e/x', 'one');
    },
    change: (b) => {
      b.remove('d');
    },
  },
  {
    name: 'a rename',
    before: (b) => {
      b.write('x', 'one');
    },
    change: (b) => {
      renameSync(b.path('x'), b.path('y'));
    },
  },
  {
    name: 'a renamed folder',
    before: (b) => {
      b.write('d/x', 'one', 0o600);
      b.write('d/e/y', 'two');
    },
    change: (b) => {
      renameSync(b.path('d'), b.path('f'));
    },
  },
  {
    name: 'a change of case only',
    before: (b) => {
      b.write('readme', 'x');
    },
    change: (b) => {
      renameSync(b.path('readme'), b.path('README'));
    },
  },
  {
    name: 'binary content',
    before: (b) => {
      b.write('x', Buffer.from([0, 255, 13, 10, 0]));
    },
    change: (b) => {
      b.write('x', Buffer.from([1, 0, 254]));
    },
  },
  {
    name: 'an empty file',
    before: (b) => {
      b.write('x', '');
    },
    change: (b) => {
      b.write('x', 'full');
    },
  },
  {
    name: 'chmod +x',
    before: (b) => {
      b.write('x', 'one', 0o644);
    },
    change: (b) => {
      chmodSync(b.path('x'), 0o755);
    },
  },
  {
    name: 'chmod 0600',
    before: (b) => {
      b.write('x', 'one', 0o644);
    },
    change: (b) => {
      chmodSync(b.path('x'), 0o600);
    },
  },
  {
    name: 'content and mode',
    before: (b) => {
      b.write('x', 'one', 0o600);
    },
    change: (b) => {
      b.write('x', 'two', 0o755);
    },
  },
  {
    name: 'a setgid bit',
    before: (b) => {
      b.write('x', 'one', 0o2755);
    },
    change: (b) => {
      b.write('x', 'two', 0o644);
    },
  },
  {
    name: 'an empty folder made',
    before: () => undefined,
    change: (b) => {
      mkdirSync(b.path('empty'));
    },
  },
  {
    name: 'an empty folder removed',
    before: (b) => {
      mkdirSync(b.path('empty'), 0o750);
    },
    change: (b) => {
      b.remove('empty');
    },
  },
  {
    name: 'nested empty folders removed',
    before: (b) => mkdirSync(b.path('a/b/c'), { recursive: true }),
    change: (b) => {
      b.remove('a');
    },
  },
  {
    name: 'the mode of a folder',
    before: (b) => {
      b.write('d/x', 'one');
    },
    change: (b) => {
      chmodSync(b.path('d'), 0o700);
    },
  },
  {
    name: 'a folder with its own mode, removed',
    before: (b) => {
      b.write('d/x', 'one');
      chmodSync(b.path('d'), 0o710);
    },
    change: (b) => {
      b.remove('d');
    },
  },
  {
    name: 'the last file of a folder',
    before: (b) => {
      b.write('d/x', 'one');
    },
    change: (b) => {
      unlinkSync(b.path('d/x'));
    },
  },
  {
    name: 'a folder to a file',
    before: (b) => {
      b.write('p/q/x', 'one');
    },
    change: (b) => {
      b.remove('p');
      b.write('p', 'file');
    },
  },
  {
    name: 'a file to a folder',
    before: (b) => {
      b.write('p', 'file');
    },
    change: (b) => {
      b.remove('p');
      b.write('p/q/x', 'one');
      mkdirSync(b.path('p/empty'));
    },
  },
  {
    name: 'a link to a file',
    before: (b) => {
      symlinkSync('nowhere', b.path('p'));
    },
    change: (b) => {
      b.remove('p');
      b.write('p', 'file');
    },
  },
  {
    name: 'a file to a link',
    before: (b) => {
      b.write('p', 'file', 0o600);
    },
    change: (b) => {
      b.remove('p');
      symlinkSync('/etc/passwd', b.path('p'));
    },
  },
  {
    name: 'the target of a link',
    before: (b) => {
      symlinkSync('one', b.path('p'));
    },
    change: (b) => {
      b.remove('p');
      symlinkSync('two', b.path('p'));
    },
  },
  {
    name: 'CRLF under * text=auto',
    before: (b) => {
      b.write('.gitattributes', '* text=auto eol=lf\n');
      b.write('x', 'a\r\nb\n');
    },
    change: (b) => {
      b.write('x', 'a\nb\n');
    },
  },
  {
    name: 'a file under LFS attributes',
    before: (b) => {
      b.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
      b.write('x.bin', 'big one');
    },
    change: (b) => {
      b.write('x.bin', 'big two');
    },
  },
  {
    name: 'names that look like options or magic',
    before: (b) => {
      b.write(':x', '1');
    },
    change: (b) => {
      b.write(':x', '2');
      b.write('-rf', '3');
      b.write('a\nb', '4');
      b.write(':(glob)**', '5');
      b.write('#', '6');
    },
  },
];

describe('rollback of one change, and its undo', () => {
  for (const { name, before, change } of cases) {
    it(`C2, C4: ${name}`, async () => {
      const bench = await Workbench.open();
      bench.write('untouched.txt', 'same');
      before(bench);
      const first = bench.look();
      await bench.take('baseline');
      change(bench);
      const second = bench.look();
      expect(second).not.toEqual(first);
      await bench.take('step');

      const { safety, plan } = await bench.rollBack(0);
      expect(bench.look()).toEqual(first);
      expect({ keep: plan.keep, conflict: plan.conflict }).toEqual({ keep: 0, conflict: 0 });
      expect(plan.paths.map(({ path }) => path)).not.toContain('untouched.txt');

      await bench.rollBack(safety);
      expect(bench.look()).toEqual(second);
    });
  }

  it('C4: undo and redo three times', async () => {
    const bench = await Workbench.open();
    bench.write('a', '1');
    bench.write('d/b', '1', 0o600);
    const first = bench.look();
    await bench.take('baseline');
    bench.write('a', '2');
    bench.remove('d');
    bench.write('e/f/g', 'new');
    const second = bench.look();
    await bench.take('step');
    let back = 0;
    for (let round = 0; round < 3; round++) {
      const done = await bench.rollBack(back);
      expect(bench.look()).toEqual(first);
      await bench.rollBack(done.safety);
      expect(bench.look()).toEqual(second);
      back = bench.chain.length - 3; // the rollback checkpoint that the undo took back
      expect(bench.manifest(back).entries.map(({ path }) => path)).toEqual(['a', 'd', 'd/b']);
    }
  });

  it('C4: a folder that the run made over several steps leaves nothing behind', async () => {
    const bench = await Workbench.open();
    await bench.take('baseline');
    bench.write('d/e/x', '1');
    await bench.take('step');
    bench.write('d/y', '1');
    bench.remove('d/e/x');
    await bench.take('step');
    await bench.rollBack(0);
    expect(bench.look()).toEqual({});
  });

  it('C4: a name that is not UTF-8', async () => {
    const bench = await Workbench.open();
    const raw = (name: number[]) => Buffer.concat([Buffer.from(`${bench.workspace}/`), Buffer.from(name)]);
    writeFileSync(raw([0x61, 0xff, 0xfe]), 'one');
    mkdirSync(raw([0xc3]));
    writeFileSync(Buffer.concat([raw([0xc3]), Buffer.from('/x')]), 'inside');
    bench.write('\uFFFD', 'a real replacement character');
    const first = bench.look();
    await bench.take('baseline');
    writeFileSync(raw([0x61, 0xff, 0xfe]), 'two');
    writeFileSync(raw([0x61, 0xff, 0xfd]), 'new');
    unlinkSync(Buffer.concat([raw([0xc3]), Buffer.from('/x')]));
    const second = bench.look();
    await bench.take('step');
    const { safety } = await bench.rollBack(0);
    expect(bench.look()).toEqual(first);
    await bench.rollBack(safety);
    expect(bench.look()).toEqual(second);
  });
});

describe('a rollback that was cut', () => {
  it('C4: run again it completes, and it cleans up what the cut one left', async () => {
    const bench = await Workbench.open();
    bench.write('a', 'one');
    bench.write('d/b', 'one');
    const first = bench.look();
    await bench.take('baseline');
    bench.write('a', 'two');
    bench.remove('d');
    bench.write('new/c', 'new');
    await bench.take('step');
    const { plan, now } = await bench.plan(0);
    // As a crash in the middle leaves it: one path written, one deleted, a temporary file, an empty folder.
    const name = temporaryNameOf('a');
    bench.write('a', 'one');
    bench.remove('new/c');
    bench.write(name, 'half of');
    await bench.store.applyRollback(plan, bench.manifest(0), { now });
    expect(bench.look()).toEqual(first);
    await bench.store.applyRollback(plan, bench.manifest(0), { now });
    expect(bench.look()).toEqual(first);
  });
});

function temporaryNameOf(path: string): string {
  return `.belay-rollback-${createHash('sha1').update(JSON.stringify(path)).digest('hex').slice(0, 16)}`;
}

/** Job: what keeps the cases of a verification apart: nothing that one does is there for the next, in any known channel. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { descendantsOf } from '../../../src/engine/sandbox/descendants.ts';
import type { CandidateRecipe } from '../../../src/engine/verification/messages.ts';
import { channelCases, channelProgram, channelsIn, channelsInOneCase } from '../../fixtures/stateChannels.ts';
import { Bench, checkOutOf, processesWith, type TestCase } from './candidates.ts';

vi.setConfig({ testTimeout: 60_000 });

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  await bench.end();
});

const verify = (cases: readonly TestCase[], program: string, change: Partial<CandidateRecipe> = {}) =>
  bench.visible().verify({
    suite: { kind: 'visible', file: bench.suite('visible.jsonl', cases) },
    recipe: bench.recipe({ workers: 1, ...change }),
    tree: null,
    checkOut: checkOutOf({ 'main.pl': program, 'main.sh': '', 'lib/x.txt': '' }),
    seed: 1,
    show: 20,
  });
const outputs = ({ failing }: Awaited<ReturnType<typeof verify>>) =>
  failing.map(({ actual, detail }) => actual || detail);

describe('cases in one sandbox that stays', () => {
  it.each(['still', 'network'] as const)('H5: find nothing that an earlier one left (%s)', async (kind) => {
    const result = await verify(channelCases(kind), channelProgram);
    expect(outputs(result)).toEqual([]);
    expect(result.isolation).toEqual({ kind: 'namespaces' });
  });

  it('H5: the same looks find it where nothing is between (sabotaged: the check can fail)', async () => {
    const [found = ''] = outputs(await verify([channelsInOneCase], channelProgram));
    expect(channelsIn(found)).toEqual([
      '/dev/shm',
      '/tmp',
      '/var/tmp',
      'a POSIX queue',
      'a message queue',
      'a process',
      'an abstract socket',
      'counts of packets',
      'folder',
      'home',
      'process numbers',
      'shared memory',
    ]);
  });

  it('H5: nor in the prepared folder of a case with files', async () => {
    const one = { files: { 'notes.txt': 'n' }, expect: { stdout: 'main.pl main.sh lib notes.txt|' } };
    const cases = ['a', 'b', 'c'].map((id) => ({ id, ...one }));
    const program = `opendir my $d, '.'; my %in = map { $_ => 1 } grep { !/^\\./ } readdir $d;
      print join(' ', grep { delete $in{$_} } qw(main.pl main.sh lib notes.txt)), '|', join(' ', %in);
      open my $f, '>', 'left'; print $f 'x'; mkdir '/tmp/cases'; open $f, '>', '/tmp/cases/left'; print glob '/tmp/cases/*/*';`;
    expect(outputs(await verify(cases, program))).toEqual([]);
  });

  it('B3: one that hangs, floods or kills all that it can see is ended alone, and the next is judged', async () => {
    const program = `my $what = <STDIN>; if ($what eq 'hang') { system 'sleep 86.7531' } if ($what eq 'flood') { print 'x' x 4096 while 1 }
      if ($what eq 'kill') { kill 'KILL', -1; kill 'KILL', 0; kill 'KILL', 1 } print 'ok';`;
    const cases = ['hang', 'flood', 'kill', 'a', 'b', 'c'].map((id) => ({ id, stdin: id, expect: { stdout: 'ok' } }));
    const recipe = bench.recipe();
    const result = await verify(cases, program, { limits: { ...recipe.limits, caseWallMs: 1_000 } });
    expect(Object.fromEntries(result.cases.map(({ id, verdict }) => [id, verdict]))).toEqual({
      hang: 'timeout',
      flood: 'fail',
      kill: 'fail',
      a: 'pass',
      b: 'pass',
      c: 'pass',
    });
    expect(processesWith('86.7531')).toEqual([]);
  });

  it('B3: hands over more input than a pipe holds, and a program need not read it', async () => {
    const long = 'ä'.repeat(300_000);
    const program = `if ($ARGV[0] eq 'read') { local $/; my $all = <STDIN>; print length $all } else { print 'no' }`;
    const cases = [
      { id: 'read', args: ['read'], stdin: long, expect: { stdout: '600000' } },
      { id: 'not', args: ['not'], stdin: long, expect: { stdout: 'no' } },
    ];
    expect(outputs(await verify(cases, program))).toEqual([]);
  });

  it('H5: has no capability, no namespace to make, no kernel setting to write, and a supervisor out of reach', async () => {
    const program = `
      open my $s, '<', '/proc/self/status'; print grep { /^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs)/ && !/:\\t(0+|1)$/ || /NoNewPrivs:\\t0/ } <$s>;
      print "userns\\n" if system('unshare -U true 2>/dev/null') == 0;
      for ('/proc/sys/kernel/core_pattern', '/proc/sys/user/max_user_namespaces', '/proc/sysrq-trigger', '/proc/stat') {
        if (open my $f, '>>', $_) { print "wrote $_\\n" if defined syswrite $f, "0" and $_ ne '/proc/stat' } }
      for my $fd (0 .. 20) { print "supervisor's $fd\\n" if open my $f, '<', "/proc/1/fd/$fd" }
      print "environment\\n" if open my $e, '<', '/proc/1/environ' and <$e>;
      print "unmounted\\n" if system('umount /tmp 2>/dev/null') == 0;
      print 'done';`;
    expect(outputs(await verify([{ id: 'a', expect: { stdout: 'done' } }], program))).toEqual([]);
  });
});

describe('a supervisor that ends while a case runs', () => {
  /** Ends supervisors of this bench's verifier: only the first one found, or each. */
  const endSupervisors = (most: number): (() => void) => {
    let ended = 0;
    const timer = setInterval(() => {
      for (const verifier of processesWith(join(bench.run, 'work/visible')))
        for (const pid of descendantsOf(verifier))
          if (ended < most && isCase(pid)) {
            ended += 1;
            process.kill(parentOf(pid), 'SIGKILL');
          }
    }, 20);
    return () => {
      clearInterval(timer);
    };
  };
  const read = (path: string) => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return ''; // ended while we looked
    }
  };
  const isCase = (pid: number) => read(`/proc/${String(pid)}/cmdline`).startsWith('sleep\u00000.7');
  /** The first process of the case, and then the supervisor. */
  const parentOf = (pid: number) => {
    const above = (of: number) => Number(/^PPid:\t(\d+)/m.exec(read(`/proc/${String(of)}/status`))?.[1]);
    return above(above(pid));
  };
  const judged = async (most: number) => {
    const stop = endSupervisors(most);
    try {
      return (await verify([{ id: 'a', command: 'exec sleep 0.7', expect: { exit: 0 } }], '')).cases;
    } finally {
      stop();
    }
  };

  it('H5: the case is run once more, in a new sandbox', async () => {
    expect(await judged(1)).toMatchObject([{ id: 'a', verdict: 'pass' }]);
  });

  it('H5: twice: an error, which says nothing against the candidate', async () => {
    expect(await judged(99)).toMatchObject([{ id: 'a', verdict: 'error' }]);
  });
});

describe('where there is no such sandbox', () => {
  const noPerl = { view: { mask: { files: ['/usr/bin/perl'], folders: [] }, toolchains: [], never: [] } };

  it('H5: each case has a sandbox of its own, and the result says so and why', async () => {
    const cases = [
      { id: 'a', command: 'ls left; echo x > left; echo x > /tmp/left; cat', stdin: 'in', expect: { stdout: 'in' } },
    ];
    const result = await verify([...cases, ...cases.map((one) => ({ ...one, id: 'b' }))], '', noPerl);
    expect(outputs(result)).toEqual([]);
    expect(result.isolation).toMatchObject({ kind: 'sandboxes', why: expect.stringContaining('perl') as string });
  });
});

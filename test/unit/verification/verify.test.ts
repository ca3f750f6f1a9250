/** Job: real candidates in real sandboxes: verdicts, and what a case can neither keep nor see. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleOf } from '../../../src/run/sample.ts';
import type { HeldOutSuite, VisibleSuite } from '../../../src/engine/verification/suite.ts';
import type { VerifierClient } from '../../../src/engine/verification/verifierClient.ts';
import { Bench, checkOutOf, processesWith, sealed, unsealed, type TestCase } from './candidates.ts';

vi.setConfig({ testTimeout: 60_000 });

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  await bench.end();
});

const visibleOf = (cases: readonly TestCase[]): VisibleSuite => ({
  kind: 'visible',
  file: bench.suite('visible.jsonl', cases),
});
const verdictsOf = (cases: readonly { id: string; verdict: string }[]) =>
  Object.fromEntries(cases.map(({ id, verdict }) => [id, verdict]));

/** Does what its input says. */
const moody = `
my $said = join '', <STDIN>;
if ($said eq 'hang') { sleep 1000 }
if ($said eq 'endless') { print 'x' x 1000 while 1 }
if ($said eq 'crash') { kill 'SEGV', $$ }
if ($said eq 'die') { print STDERR "no\\n"; exit 3 }
print uc $said;
`;
const cases: TestCase[] = [
  { id: 'good', tags: ['plain'], stdin: 'abc', expect: { stdout: 'ABC', exit: 0 } },
  {
    id: 'bytes',
    tags: ['plain'],
    stdin: 'ä\r\n\u0000x',
    expect: { stdout: Buffer.from('ä\r\n\u0000X').toString('utf8') },
  },
  { id: 'wrong', tags: ['plain', 'bad'], stdin: 'abc', expect: { stdout: 'ABC\n' } },
  { id: 'hangs', tags: ['bad'], stdin: 'hang', expect: { stdout: '' } },
  { id: 'endless', tags: ['bad'], stdin: 'endless', expect: { exit: 0 } },
  { id: 'crash', tags: ['bad'], stdin: 'crash', expect: { exit: 0 } },
  { id: 'dies as it should', tags: ['plain'], stdin: 'die', expect: { exit: 3, stderr: 'no\n', stdout: '' } },
];

describe('verdicts', () => {
  it('H5: tells pass, fail, timeout and crash apart, byte by byte, with counts by tag', async () => {
    const recipe = bench.recipe();
    const result = await bench.visible().verify({
      suite: visibleOf(cases),
      recipe: { ...recipe, limits: { ...recipe.limits, caseWallMs: 1_000 } },
      tree: null,
      checkOut: checkOutOf({ 'main.pl': moody }),
      seed: 7,
      show: 2,
    });
    expect(verdictsOf(result.cases)).toEqual({
      good: 'pass',
      bytes: 'pass',
      wrong: 'fail',
      hangs: 'timeout',
      endless: 'fail',
      crash: 'fail',
      'dies as it should': 'pass',
    });
    expect(result.counts).toEqual({ pass: 3, fail: 3, error: 0, timeout: 1, flaky: 0 });
    expect(result.tags).toEqual([
      { tag: 'bad', pass: 0, total: 4 },
      { tag: 'plain', pass: 3, total: 4 },
    ]);
    expect(result.failing.map(({ id, expected, actual, detail }) => ({ id, expected, actual, detail }))).toEqual([
      { id: 'wrong', expected: 'ABC\n', actual: 'ABC', detail: 'standard output differs' },
      { id: 'hangs', expected: '', actual: '', detail: 'stopped after 1 s' },
    ]);
  });

  it('runs a sample in place of all, counts what was drawn, and tells what it cost', async () => {
    const burn =
      'my ($user, $system); do { ($user, $system) = times } while $user + $system < 0.05; print "ok"; exit(<STDIN> % 2)';
    const many = Array.from({ length: 40 }, (_, at): TestCase => {
      return {
        id: String(at),
        tags: [at < 39 ? 'usual' : 'rare'],
        stdin: String(at),
        expect: { stdout: 'ok', exit: 0 },
      };
    });
    const asked = { recipe: bench.recipe(), tree: 'tree', checkOut: checkOutOf({ 'main.pl': burn }), seed: 3 };
    const suite = visibleOf(many);
    const client = bench.visible();
    const sample = { draw: 10, watched: ['1', '3'] };
    const result = await client.verify({ ...asked, suite, sample });
    const expected = sampleOf(
      many.map((one) => ({ ...one, tags: one.tags ?? [] })),
      { ...sample, seed: 3 },
    );
    const ids = (of: readonly { readonly id: string }[]) => of.map(({ id }) => id).sort();
    expect(ids(result.cases.filter((one) => one.beside === true))).toEqual(ids(expected?.beside ?? []));
    expect(ids(result.cases.filter((one) => one.beside !== true))).toEqual(ids(expected?.drawn ?? []));
    const pass = (expected?.drawn ?? []).filter(({ id }) => Number(id) % 2 === 0).length;
    expect(result).toMatchObject({ total: 10, of: 40, counts: { pass, fail: 10 - pass } });
    const { ran, casesCpuMs, casesWallMs } = result.cost;
    expect(ran).toBeGreaterThanOrEqual(result.cases.length);
    expect(casesCpuMs, 'each run burns 50 ms').toBeGreaterThan(ran * 40);
    expect(casesWallMs).toBeGreaterThan(0);

    const whole = await client.verify({ ...asked, suite, sample: { draw: 40, watched: [] } });
    expect([whole.total, whole.of, whole.counts.pass]).toEqual([40, undefined, 20]);
    expect(whole.cost.ran, 'what the sample said is known').toBeLessThan(60);
  });

  it.each([sealed, unsealed])('gives a case its environment, and compares as the case says (%j)', async (sandbox) => {
    const candidate = `
      print STDERR "took ", time, " s\\n";
      open my $out, '>', 'out.json' or die; print $out "{ \\"tz\\": \\"$ENV{TZ}\\" }\\n"; close $out;
      print "$ENV{TZ} ", 1 / 3, "\\n" if defined $ENV{TZ};`;
    const env = { TZ: 'Asia/Tokyo' };
    const result = await bench.visible().verify({
      suite: visibleOf([
        { id: 'env', env, expect: { stdout: 'Asia/Tokyo 0.333333333333333\n' } },
        { id: 'none', expect: { stdout: '' } },
        { id: 'near', env, compare: 'numbers', tolerance: { absolute: 0.01 }, expect: { stdout: 'Asia/Tokyo 0.33' } },
        { id: 'far', env, compare: 'numbers', tolerance: { absolute: 0.01 }, expect: { stdout: 'Asia/Tokyo 0.4' } },
        { id: 'json', env, compare: 'json', expect: { files: { 'out.json': '{"tz":"Asia/Tokyo"}' } } },
        { id: 'pattern', compare: 'regex', expect: { stderr: 'took \\d+ s\\n' } },
        { id: 'command', env, command: 'test "$TZ" = Asia/Tokyo && perl main.pl | grep -q 0.33', expect: { exit: 0 } },
        { id: 'command fails', command: 'perl main.pl; exit 3', expect: { exit: 0 } },
      ]),
      recipe: bench.recipe({ sandbox }),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': candidate }),
      seed: 1,
      show: 9,
    });
    const failed = result.cases.filter(({ verdict }) => verdict !== 'pass').map(({ id, verdict }) => [id, verdict]);
    expect(failed).toEqual([
      ['far', 'fail'],
      ['command fails', 'fail'],
    ]);
    const [far, command] = result.failing;
    expect(far).toMatchObject({
      detail: 'standard output differs (compared with numbers within 0.01)',
      expected: 'Asia/Tokyo 0.4',
    });
    expect(command?.detail).toBe('exit 3 instead of 0');
    expect(command?.actual).toMatch(/^took \d+ s\n$/);
  });

  it('runs commands with the files that the suite shares, in which the build has no part', async () => {
    bench.file('run/files/tests/weeks.sh', '. tests/help.sh; test "$(perl main.pl)" = "$wanted"');
    bench.file('run/files/tests/help.sh', 'wanted=5');
    const result = await bench.visible().verify({
      suite: visibleOf([
        { id: 'weeks', command: 'sh tests/weeks.sh', expect: { exit: 0 } },
        { id: 'planted', command: 'test -e tests/planted', expect: { exit: 0 } },
        { id: 'kept', command: 'sh tests/weeks.sh && rm -r tests && mkdir tests', expect: { exit: 0 } },
        { id: 'read-only build', command: 'echo x > main.pl', expect: { exit: 0 } },
      ]),
      recipe: bench.recipe({ workers: 1 }),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': 'print 5', 'tests/help.sh': 'exit 0', 'tests/planted': '' }),
      seed: 1,
    });
    expect(verdictsOf(result.cases)).toEqual({
      weeks: 'pass',
      planted: 'fail',
      kept: 'pass',
      'read-only build': 'fail',
    });
  });

  it('B3: a pattern that takes for ever on what the candidate wrote is an error, and the next case is judged', async () => {
    const result = await bench.visible().verify({
      suite: visibleOf([
        { id: 'trap', compare: 'regex', expect: { stdout: '(a+)+b' } },
        { id: 'next', compare: 'regex', expect: { stdout: 'a+' } },
      ]),
      recipe: bench.recipe(),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': 'print "a" x 60;' }),
      seed: 1,
      show: 1,
    });
    expect(verdictsOf(result.cases)).toEqual({ trap: 'error', next: 'pass' });
    expect(result.failing[0]?.detail).toBe('the regular expression took too long on standard output');
  });

  describe('a suite that is a report', () => {
    const reportOf = (candidate: string, cases: number, command = 'perl main.pl > report.xml') =>
      bench.visible().verify({
        suite: {
          kind: 'visible',
          file: bench.file('run/visible.jsonl', JSON.stringify({ junit: { command, report: 'report.xml', cases } })),
        },
        recipe: bench.recipe(),
        tree: null,
        checkOut: checkOutOf({ 'main.pl': candidate }),
        seed: 1,
        show: 9,
      });

    it('tells the verdict of each of its cases', async () => {
      const result = await reportOf(
        `print '<testsuite name="s"><testcase name="a"/><testcase name="b"><failure message="5 != 6"/></testcase></testsuite>'`,
        2,
      );
      expect(verdictsOf(result.cases)).toEqual({ 's a': 'pass', 's b': 'fail' });
      expect(result).toMatchObject({ total: 2, counts: { pass: 1, fail: 1 }, tags: [{ tag: 's', pass: 1, total: 2 }] });
      expect(result.failing[0]).toMatchObject({ id: 's b', detail: '5 != 6' });
    });

    it('counts what is missing from it as errors, so that no crash makes the suite smaller', async () => {
      const cut = await reportOf('print "<testsuite><testcase name=\\"a\\"/></testsuite>"', 3);
      expect(cut).toMatchObject({ total: 3, counts: { pass: 1, error: 2 } });
      expect(cut.failing[0]?.detail).toBe('not in the report (the command: exit 0)');
      const none = await reportOf('die "no tests"', 3, 'perl main.pl');
      expect(none).toMatchObject({ total: 3, counts: { pass: 0, error: 3 } });
      expect(none.failing[0]?.detail).toMatch(/^there is no report.xml \(the command: exit \d+\)\nno tests at/);
      const broken = await reportOf('print "<testsuite>"', 3);
      expect(broken.failing[0]?.detail).toMatch(/^report.xml can't be read: Unclosed root tag/);
    });

    it('follows no link to a report', async () => {
      const linked = await reportOf('symlink "/etc/passwd", "report.xml"', 1, 'perl main.pl');
      expect(linked.failing[0]?.detail).toContain('there is no report.xml');
    });
  });

  it('H5: a program that cannot be started is an error, not a failure', async () => {
    const result = await bench.visible().verify({
      suite: visibleOf(cases.slice(0, 2)),
      recipe: bench.recipe({ run: ['./no-such-program'] }),
      tree: null,
      checkOut: checkOutOf({}),
      seed: 1,
      show: 1,
    });
    expect(result.counts).toMatchObject({ error: 2, fail: 0 });
    expect(result.failing[0]?.detail).toContain('no-such-program');
  });

  it('H5: a case that fails once and passes when repeated is flaky', async () => {
    // fails until two seconds after the build; the other case keeps the first pass busy until then
    const candidate = `
      open my $built, '<', 'built' or die; my $then = <$built> + 2;
      use Time::HiRes qw(time sleep);
      if (<STDIN> eq 'wait') { my $left = $then - time; sleep $left + 0.2 if $left > 0; print 'ok'; exit }
      print time < $then ? 'early' : 'ok';`;
    const expect1 = { stdout: 'ok' };
    const result = await bench.visible().verify({
      suite: visibleOf([
        { id: 'wait', stdin: 'wait', expect: expect1 },
        { id: 'early', stdin: 'now', expect: expect1 },
      ]),
      recipe: bench.recipe({ build: 'date +%s.%N > built' }),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': candidate }),
      seed: 1,
    });
    expect(verdictsOf(result.cases)).toEqual({ wait: 'pass', early: 'flaky' });
  });

  it('B3: a verification whose time is over counts the rest as timeouts', async () => {
    const recipe = bench.recipe({ workers: 1 });
    const many = Array.from({ length: 30 }, (_, i) => ({ id: `c${String(i)}`, stdin: 'hang', expect: { exit: 0 } }));
    const result = await bench.visible().verify({
      suite: visibleOf(many),
      recipe: { ...recipe, limits: { ...recipe.limits, caseWallMs: 300, totalWallMs: 900 } },
      tree: null,
      checkOut: checkOutOf({ 'main.pl': moody }),
      seed: 1,
    });
    expect(result.counts.timeout).toBe(30);
    expect(result.wallMs).toBeLessThan(20_000);
  });

  it('H5: a build that fails gives the end of its output and errors only', async () => {
    const result = await bench.visible().verify({
      suite: visibleOf(cases),
      recipe: bench.recipe({ build: 'echo compiling; echo "line 3: bad" >&2; exit 2' }),
      tree: 't1',
      checkOut: checkOutOf({ 'main.pl': moody }),
      seed: 1,
      show: 3,
    });
    expect(result.build).toEqual({ ok: false, message: 'the build ended with exit 2\ncompiling\nline 3: bad' });
    expect(result.counts).toEqual({ pass: 0, fail: 0, error: cases.length, timeout: 0, flaky: 0 });
  });

  it('H5: reads the files that a case expects, but follows no link to them', async () => {
    const candidate = `
      open my $in, '<', $ARGV[0] or die "no input"; my $text = <$in>;
      mkdir 'out'; open my $out, '>', 'out/result' or die $!; print $out uc $text; close $out;
      symlink '/etc/passwd', 'link'; symlink 'out', 'dir';
      require './lib/tool.pl'; print tool();`;
    const files = { 'lib/notes.txt': 'abc' };
    const result = await bench.visible().verify({
      suite: visibleOf([
        { id: 'file', args: ['lib/notes.txt'], files, expect: { stdout: 'tool', files: { 'out/result': 'ABC' } } },
        { id: 'through a link', args: ['lib/notes.txt'], files, expect: { files: { 'dir/result': 'ABC' } } },
        { id: 'link', args: ['lib/notes.txt'], files, expect: { files: { link: 'x' } } },
      ]),
      recipe: bench.recipe(),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': candidate, 'lib/tool.pl': 'sub tool { "tool" } 1;' }),
      seed: 3,
      show: 9,
    });
    expect(verdictsOf(result.cases)).toEqual({
      file: 'pass',
      'through a link': 'fail',
      link: 'fail',
    });
    expect(result.failing.map((one) => one.detail)).toEqual([
      'the file dir/result is missing',
      'the file link is missing',
    ]);
  });
});

describe('isolation', () => {
  /** Says what an earlier case left, and leaves something everywhere that it can. */
  const litterer = `
    my @places = ('mark', '/tmp/belay-mark', '/dev/shm/belay-mark', '/var/tmp/belay-mark', '/belay/build/mark', "$ENV{HOME}/mark", '/run/mark', 'lib/mark');
    my @found = grep { -e } @places;
    for (@places) { if (open my $f, '>', $_) { print $f 'x'; close $f } }
    if (fork == 0) { setpgrp; sleep 20; exit }
    print @found ? "found @found" : 'clean';`;
  const ten = Array.from({ length: 10 }, (_, i) => ({ id: String(i), expect: { stdout: 'clean' } }));
  const run = (sandbox: typeof sealed) =>
    bench.visible().verify({
      suite: visibleOf(ten),
      recipe: bench.recipe({ sandbox, workers: 1 }),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': litterer, 'lib/x.pl': '' }),
      seed: 1,
    });

  it('H5: nothing that a case writes is there for the next one', async () => {
    expect((await run(sealed)).counts.pass).toBe(10);
  });

  it('H5: without a sandbox the same candidate finds what it left (sabotaged: the check can fail)', async () => {
    const { counts, sealed: wasSealed } = await run(unsealed);
    for (const path of ['/tmp/belay-mark', '/dev/shm/belay-mark', '/var/tmp/belay-mark', '/run/mark'])
      rmSync(path, { force: true });
    expect(counts.pass).toBeLessThan(10);
    expect(wasSealed).toBe(false);
  });

  const canary = 'zqx-canary-77aa';
  const searching = `grep -rlsF --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr ${canary} / > found.txt; grep -lasF ${canary} /proc/[0-9]*/cmdline /proc/[0-9]*/environ >> found.txt; true`;
  const searcher = `
    local $/; open my $f, '<', 'found.txt'; my $built = <$f>;
    my @now = grep { !m{^/belay/} || 1 } qx{grep -rlsF --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr zqx-canary''-77aa / };
    print "build:$built now:@now";`;
  const secret = [{ id: `ho-${canary}`, stdin: 'go', expect: { stdout: `${canary} is expected` } }];
  const checkout = { 'main.pl': searcher, 'belay.json': canary, 'tests/visible.jsonl': canary, 'src/a.txt': '' };
  const search = async (withheld: readonly string[]) => {
    bench.suite('heldOut.jsonl', secret);
    const suite = visibleOf([{ id: `v-${canary}`, stdin: '', expect: { stdout: 'build: now:' } }]);
    return bench.visible().verify({
      suite,
      recipe: bench.recipe({
        build: searching.replace(canary, "zqx-canary''-77aa").replace(canary, "zqx-canary''-77aa"),
        withheld,
      }),
      tree: null,
      checkOut: checkOutOf(checkout),
      seed: 1,
      show: 1,
    });
  };

  it('H1: neither a build nor a case can find a case, held out or visible, anywhere', async () => {
    const result = await search(['belay.json', 'tests']);
    expect(result.failing).toEqual([]);
    expect(result.counts.pass).toBe(1);
  });

  it('H1: it finds them where they were not withheld (sabotaged: the check can fail)', async () => {
    const result = await search([]);
    expect(result.failing[0]?.actual).toContain('tests/visible.jsonl');
    expect(result.failing[0]?.actual).toContain('belay.json');
  });

  it('H1: of a held-out suite nothing comes back but counts and verdicts by id', async () => {
    const suite: HeldOutSuite = {
      kind: 'heldOut',
      file: bench.suite('heldOut.jsonl', [{ id: 'a1', tags: ['T-in'], stdin: 'S-in', expect: { stdout: 'E-in' } }]),
    };
    const result = await bench.heldOut().verify({
      suite,
      recipe: bench.recipe(),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': 'print "A-out"' }),
      seed: 1,
      show: 99,
    });
    expect(result.cases).toMatchObject([{ id: 'a1', verdict: 'fail' }]);
    expect(JSON.stringify(result)).not.toMatch(/[TSE]-in|A-out/);
  });

  it('H1: a held-out suite is counted by the tags that the visible one has, and by no other', async () => {
    const tagged = (id: string, tags: readonly string[]) => ({ id, tags, expect: { stdout: 'A' } });
    const result = await bench.heldOut().verify({
      suite: {
        kind: 'heldOut',
        file: bench.suite('heldOut.jsonl', [tagged('a1', ['T-in', 'known']), tagged('a2', ['known'])]),
        visible: bench.suite('visible.jsonl', [tagged('v1', ['known', 'other'])]),
      },
      recipe: bench.recipe(),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': 'print "A"' }),
      seed: 1,
    });
    expect(result.tags).toEqual([{ tag: 'known', pass: 2, total: 2 }]);
  });

  it('H1: the process that serves visible suites refuses a held-out one', async () => {
    const suite: HeldOutSuite = { kind: 'heldOut', file: bench.suite('heldOut.jsonl', secret) };
    const mistaken = bench.visible() as unknown as VerifierClient<'heldOut'>; // what the types forbid
    const asked = mistaken.verify({ suite, recipe: bench.recipe(), tree: null, checkOut: checkOutOf({}), seed: 1 });
    await expect(asked).rejects.toThrow('this verifier serves visible suites only');
    await expect(
      mistaken.seal({
        workspace: bench.root,
        visibleFolder: bench.run,
        heldOutFolder: bench.run,
        suites: { visible: suite.file },
        toolchains: [],
      }),
    ).rejects.toThrow('held-out');
  });
});

describe('the process', () => {
  it('H5: a checkpoint is built once; the newest few builds are kept', async () => {
    const client = bench.visible();
    const built: string[] = [];
    const verifyTree = (tree: string) =>
      client.verify({
        suite: visibleOf(cases.slice(0, 1)),
        recipe: bench.recipe({ build: 'echo done > out' }),
        tree,
        seed: 1,
        checkOut: async (folder) => {
          built.push(tree);
          await checkOutOf({ 'main.pl': moody, tree })(folder); // other files: what is known of one tree builds none anew
        },
      });
    for (const tree of ['t1', 't1', 't2', 't3', 't4', 't5', 't5', 't1'])
      expect((await verifyTree(tree)).counts.pass).toBe(1);
    expect(built).toEqual(['t1', 't2', 't3', 't4', 't5', 't1']);
    const folders = readdirSync(join(bench.run, 'work/visible/builds')).filter((name) => !name.endsWith('.finished'));
    expect(folders.map((name) => name.slice(0, 2)).sort()).toEqual(['t1', 't3', 't4', 't5']);
    expect(readdirSync(join(bench.run, 'work/visible')).sort()).toEqual(['builds', 'cases']);
  });

  it.each([
    ['sealed', sealed],
    ['unsealed', unsealed],
  ] as const)('B3: cancelling a %s verification leaves no process', async (name, sandbox) => {
    const mark = `4321${name === 'sealed' ? '1' : '2'}.5`;
    const abort = new AbortController();
    const client = bench.visible();
    const suite = visibleOf([
      { id: 'quick', stdin: 'a', expect: { exit: 0 } },
      ...Array.from({ length: 6 }, (_, i) => ({ id: String(i), stdin: 'hang', expect: { exit: 0 } })),
    ]);
    const candidate = `if (<STDIN> eq 'hang') { system 'setsid sleep ${mark} & sleep ${mark}' }`;
    const asked = client.verify({
      suite,
      recipe: bench.recipe({ sandbox, workers: 7 }),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': candidate }),
      seed: 1,
      signal: abort.signal,
      onProgress: () => {
        abort.abort();
      },
    });
    await expect(asked).rejects.toThrow('cancelled');
    expect(processesWith(mark)).toEqual([]);
    expect(readdirSync(join(bench.run, 'work/visible/cases'))).toEqual([]);
    expect(readdirSync(join(bench.run, 'work/visible')).filter((entry) => entry.startsWith('checkout'))).toEqual([]);
  });

  it('H5: ends with its client, and everything that it runs with it', async () => {
    const client = bench.visible();
    const started = Promise.withResolvers<undefined>();
    const asked = client.verify({
      suite: visibleOf([
        { id: 'a', stdin: '', expect: { exit: 0 } },
        { id: 'b', stdin: 'hang', expect: { exit: 0 } },
      ]),
      recipe: bench.recipe(),
      tree: null,
      checkOut: checkOutOf({ 'main.pl': `if ((<STDIN> // '') eq 'hang') { exec 'sleep', '43213.5' }` }),
      seed: 1,
      onProgress: () => {
        started.resolve(undefined);
      },
    });
    const failed = expect(asked).rejects.toThrow('the verifier was ended');
    await started.promise;
    await client.close();
    await failed;
    expect(processesWith('43213.5')).toEqual([]);
    expect(processesWith(bench.run)).toEqual([]);
  });

  it('H5: when it is killed the question fails and the next one starts a new process', async () => {
    const client = bench.visible();
    const ask = (stdin: string, onProgress: () => void = () => undefined) =>
      client.verify({
        suite: visibleOf([
          { id: 'a', stdin: 'x', expect: { stdout: 'X' } },
          { id: 'b', stdin, expect: { stdout: 'X' } },
        ]),
        recipe: bench.recipe(),
        tree: 'same',
        checkOut: checkOutOf({ 'main.pl': moody }),
        seed: 1,
        onProgress,
      });
    const kill = () => {
      for (const pid of processesWith(join(bench.run, 'work/visible'))) process.kill(pid, 'SIGKILL');
    };
    await expect(ask('hang', kill)).rejects.toThrow('the verifier ended early (SIGKILL)');
    expect((await ask('x')).counts.pass).toBe(2);
  });

  it('H5: says which line of a suite is wrong, and that a suite is missing', async () => {
    const client = bench.visible();
    const ask = (file: string) =>
      client.verify({
        suite: { kind: 'visible', file },
        recipe: bench.recipe(),
        tree: null,
        checkOut: checkOutOf({}),
        seed: 1,
      });
    await expect(
      ask(bench.file('run/bad.jsonl', '{"id":"a","expect":{"exit":0}}\n{"id":"a","expect":{"exit":0}}\n')),
    ).rejects.toThrow(/bad\.jsonl:2: duplicate id "a"/);
    await expect(ask(join(bench.root, 'none.jsonl'))).rejects.toThrow(/none\.jsonl could not be read/);
    expect(existsSync(join(bench.run, 'work/visible/builds'))).toBe(true);
  });
});

/** Job: recording suites from a real reference in the real sandbox: what is written, left out, refused and cancelled. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordSuite } from '../../../src/engine/recordSuite.ts';
import type { RecordMessage, RecordRequest } from '../../../src/protocol/recordSuite.ts';
import { inputOf, type Case } from '../../../src/run/case.ts';
import { parseSuite } from '../../../src/run/suite.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Adds, and has every vice that a suite must not hold. */
const adder = `#!/usr/bin/perl
my ($verb, @rest) = @ARGV;
if ($verb eq 'add') { my $sum = 0; $sum += $_ for @rest; print "$sum\\n"; exit 0 }
if ($verb eq 'sum') { my $sum = 0; while (<STDIN>) { $sum += $_ } print "$sum\\n"; exit 0 }
if ($verb eq 'roll') { open my $r, '<', '/dev/urandom'; read $r, my $x, 8; print unpack('H*', $x), "\\n"; exit 0 }
if ($verb eq 'now') { my @t = gmtime; printf "%04d-%02d-%02d\\n", $t[5] + 1900, $t[4] + 1, $t[3]; exit 0 }
if ($verb eq 'hang') { sleep 1000 }
if ($verb eq 'bytes') { print "\\xff\\xfe"; exit 0 }
if ($verb eq 'zone') { print $ENV{TZ} // 'none', "\\n"; exit 0 }
if ($verb eq 'save') { open my $o, '>', "$rest[0].txt" or die; print $o "saved $rest[0]\\n"; exit 0 }
print STDERR "no verb\\n"; exit 2;
`;

let root: string;
let workspace: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belay-record-test-'));
  workspace = join(root, 'adder');
  mkdirSync(join(workspace, 'docs'), { recursive: true });
  writeFileSync(join(root, 'adder.pl'), adder, { mode: 0o755 });
  writeFileSync(join(workspace, 'docs/adder.md'), 'It adds: \`adder.pl add 1 2\`.\n\n    $ echo 7 | adder.pl sum\n');
  writeTask({ reference: { command: ['../adder.pl'] }, docs: ['docs'], sandbox: { caseSeconds: 1 } });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const writeTask = (task: object) => {
  writeFileSync(join(workspace, 'belay.json'), JSON.stringify(task));
};

function record(
  more: Partial<RecordRequest> = {},
  signal = new AbortController().signal,
  messages: RecordMessage[] = [],
) {
  const request: RecordRequest = {
    taskFile: join(workspace, 'belay.json'),
    workspace,
    inputs: null,
    cases: 12,
    seed: 1,
    visible: null,
    heldOut: null,
    replace: false,
    ...more,
  };
  return recordSuite(request, (message) => messages.push(message), signal);
}

const inputs = (text: string): string => {
  const file = join(root, 'inputs.txt');
  writeFileSync(file, text);
  return file;
};

describe('recording a suite', () => {
  it('H1: writes two suites that share no input, the held-out one beside the folder and for its owner only', async () => {
    const messages: RecordMessage[] = [];
    const summary = await record({}, undefined, messages);
    const visible = parseSuite(readFileSync(join(workspace, 'tests/visible.jsonl'), 'utf8'));
    const file = join(root, 'adder-held-out.jsonl');
    const heldOut = parseSuite(readFileSync(file, 'utf8'));
    expect([visible.problems, heldOut.problems]).toEqual([[], []]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const shown = new Set(visible.cases.map(inputOf));
    const shared = (cases: readonly Case[]) => cases.filter((one) => shown.has(inputOf(one))).length;
    expect(shared(heldOut.cases)).toBe(0);
    expect(shared([...heldOut.cases, ...visible.cases.slice(0, 1)]), 'the check sees one that is shared').toBe(1);
    expect(heldOut.cases.every(({ id }) => /^ho-[0-9a-f]{12}$/.test(id))).toBe(true);
    expect(visible.cases[0]).toMatchObject({ args: ['add', '1', '2'], expect: { stdout: '3\n', exit: 0 } });
    expect(visible.cases).toContainEqual(
      expect.objectContaining({ args: ['sum'], stdin: '7\n', expect: { stdout: '7\n', exit: 0 } }),
    );
    for (const { args, stdin, expect: expected } of [...visible.cases, ...heldOut.cases]) {
      const numbers = [...args.slice(1), ...stdin.split('\n')].map(Number);
      expect(expected.stdout).toBe(`${String(numbers.reduce((sum, number) => sum + number, 0))}\n`);
    }
    expect(summary).toMatchObject({
      found: { inputs: 0, docs: 2, cases: 0 },
      suites: { visible: 'tests/visible.jsonl', heldOut: '../adder-held-out.jsonl' },
      screened: [],
    });
    expect(messages.at(-1)).toMatchObject({ kind: 'progress', done: messages.length, total: messages.length });
  });

  it('leaves out what is not the same each time, does not end or is no text, and says so', async () => {
    const file = inputs('roll\nnow\nbytes\nzone\nsave x1\nadd 4 4\n');
    const summary = await record({ inputs: file });
    expect(Object.fromEntries(summary.screened.map(({ fault, count }) => [fault, count]))).toEqual({
      randomness: 1,
      time: 1,
      'not text': 1,
    });
    expect(summary.screened.find(({ fault }) => fault === 'time')?.examples).toEqual(['../inputs.txt:2']);
    expect(summary.pitfalls).toMatchObject([{ pitfall: 'environment', count: 1 }]);
    const { cases } = parseSuite(readFileSync(summary.visible.file, 'utf8'));
    expect(cases.find(({ args }) => args[0] === 'save')?.expect).toEqual({
      stdout: '',
      exit: 0,
      files: { 'x1.txt': 'saved x1\n' },
    });
    expect(cases.some(({ args }) => args[0] === 'roll')).toBe(false);
  });

  it('replaces no suite that is there, unless that is asked for, and learns from its cases then', async () => {
    const first = await record();
    const before = readFileSync(first.visible.file, 'utf8');
    await expect(record({ seed: 2 })).rejects.toMatchObject({
      message: expect.stringContaining('would be replaced') as string,
      exists: [first.visible.file, first.heldOut.file],
    });
    expect(readFileSync(first.visible.file, 'utf8')).toBe(before);
    writeTask({
      reference: { command: ['../adder.pl'] },
      suites: { visible: 'tests/visible.jsonl', heldOut: '../adder-held-out.jsonl' },
    });
    const again = await record({ seed: 2, replace: true });
    expect(again.found).toMatchObject({ docs: 0, cases: parseSuite(before).cases.length });
    expect(again.suites).toBeNull();
    expect(again.kept).toEqual([`${first.visible.file}.bak`, `${first.heldOut.file}.bak`]);
    expect(readFileSync(`${first.visible.file}.bak`, 'utf8')).toBe(before);
    expect((await record({ seed: 3, replace: true })).kept[0]).toBe(`${first.visible.file}.bak2`);
    expect(readFileSync(`${first.visible.file}.bak`, 'utf8')).toBe(before);
  });

  it('H1: asks questions that nobody can make again, unless a seed is given', async () => {
    const heldOut = async (seed: number | null) =>
      readFileSync((await record({ seed, replace: true })).heldOut.file, 'utf8');
    expect(await heldOut(7)).toBe(await heldOut(7));
    expect(await heldOut(null)).not.toBe(await heldOut(null));
  });

  it('H1: refuses a held-out suite in the folder, and says what else is missing', async () => {
    await expect(record({ heldOut: join(workspace, 'x.jsonl') })).rejects.toThrow('where the agent could read it');
    await expect(record({ visible: join(root, 'x.jsonl') })).rejects.toThrow('lies outside of');
    writeFileSync(join(workspace, 'docs/adder.md'), 'It adds.');
    await expect(record()).rejects.toThrow('There is nothing to ask "adder.pl"');
    writeTask({ reference: { command: ['no-such-program'] } });
    await expect(record()).rejects.toThrow('"no-such-program" was not found');
    writeTask({});
    await expect(record()).rejects.toThrow('names no reference to ask');
    expect(existsSync(join(workspace, 'tests'))).toBe(false);
  });

  it('writes nothing when it is cancelled', async () => {
    const cancel = new AbortController();
    const asking = recordSuite(
      {
        taskFile: join(workspace, 'belay.json'),
        workspace,
        inputs: inputs('hang 1\nhang 2\n'),
        cases: 5,
        seed: 1,
        visible: null,
        heldOut: null,
        replace: false,
      },
      () => {
        cancel.abort(new Error('cancelled'));
      },
      cancel.signal,
    );
    await expect(asking).rejects.toThrow('cancelled');
    expect(existsSync(join(workspace, 'tests'))).toBe(false);
    expect(existsSync(join(root, 'adder-held-out.jsonl'))).toBe(false);
  });
});

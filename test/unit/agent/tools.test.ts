import { mkdirSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { perform, prepare, settle, toolDefinitions } from '../../../src/engine/agent/tools.ts';
import { digestOf } from '../../../src/engine/workspace/files.ts';
import type { FileEdit } from '../../../src/run/entry.ts';
import { limits } from '../../../src/run/limits.ts';
import { put } from '../workspace/folder.ts';
import { agentBench, callOf, still } from './bench.ts';

describe('definitions', () => {
  it('names every tool with an object schema that closes itself', () => {
    const tools = toolDefinitions({ hasReference: true });
    expect(tools.map((tool) => tool.name)).toEqual([
      'read_file',
      'list_files',
      'search',
      'write_file',
      'edit_file',
      'run',
      'run_visible_tests',
      'probe_reference',
      'open_output',
      'note',
      'plan',
      'ask',
      'finish',
    ]);
    for (const tool of tools) expect(tool.schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(tools[4]?.schema).toMatchObject({ required: ['path', 'old', 'new'] });
    expect(toolDefinitions({ hasReference: false }).some((tool) => tool.name === 'probe_reference')).toBe(false);
  });
});

describe('a call that is wrong', () => {
  it('is an outcome that says what was wrong, and changes nothing', async () => {
    const bench = agentBench();
    const output = async (name: string, args: object | string) => (await bench.use(name, args)).output;
    expect(await output('fly', {})).toMatch(/^error: there is no tool "fly"; there are read_file, /);
    expect(await output('write_file', '{"path": "x", "content": "')).toMatch(
      /^error: the arguments of write_file are not JSON: .*; send one object with path, content$/,
    );
    expect(await output('write_file', { path: 'x' })).toBe('error: write_file: "content" is missing (string)');
    expect(await output('write_file', { path: 'x', content: 3 })).toMatch(
      /^error: write_file: "content": .*expected string/,
    );
    expect(await output('run', { command: 'true', timeout: 3 })).toBe(
      'error: run: unknown argument "timeout"; it takes command, timeout_seconds',
    );
    expect(await output('run', '["true"]')).toContain(
      'the arguments must be one JSON object with command, timeout_seconds',
    );
    expect(await output('plan', { items: [{ title: 'a', status: 'perhaps' }] })).toMatch(
      /^error: plan: "items\.0\.status"/,
    );
    expect((await bench.use('list_files', '')).output).toBe('no files');
  });

  it('a port that breaks is told, not thrown', async () => {
    const bench = agentBench({}, { runShell: () => Promise.reject(new Error('spawn EAGAIN')) });
    expect(await bench.use('run', { command: 'x' })).toMatchObject({
      status: 'error',
      output: 'error: run failed: spawn EAGAIN',
    });
  });
});

describe('read_file', () => {
  it('shows path, lines, digest, then the content verbatim, and marks it as read', async () => {
    const bench = agentBench({ 'a.pl': 'one\ntwo\n' });
    const digest = digestOf('one\ntwo\n');
    expect(await bench.use('read_file', { path: './a.pl' })).toMatchObject({
      status: 'ok',
      title: 'read ./a.pl',
      output: `a.pl (2 lines, sha256 ${digest.slice(0, 12)})\none\ntwo\n`,
      read: { path: 'a.pl', digest },
    });
    expect((await bench.use('read_file', { path: 'none' })).output).toBe('error: no such file: none');
    const outside = 'error: /etc/passwd is outside the workspace; paths are relative to it';
    expect((await bench.use('read_file', { path: '/etc/passwd' })).output).toBe(outside);
  });

  it('B3: pages what is long, by lines, and says how to go on', async () => {
    const text = Array.from({ length: 9000 }, (_, i) => `line ${String(i + 1)}\n`).join('');
    const bench = agentBench({ long: text, wide: 'x'.repeat(limits.readFileChars + 50) });
    const read = async (args: object) => (await bench.use('read_file', args)).output;
    const first = await read({ path: 'long' });
    expect(first.length).toBeLessThan(limits.readFileChars + 200);
    const next = Number(/go on with offset (\d+)/.exec(first)?.[1]);
    const second = await read({ path: 'long', offset: next });
    const body = (output: string) => output.slice(output.indexOf('\n') + 1);
    expect(text.startsWith(body(first) + body(second))).toBe(true);
    expect(await read({ path: 'long', offset: 2, limit: 2 })).toMatch(
      /\), lines 2-3; go on with offset 4\nline 2\nline 3\n$/,
    );
    expect(await read({ path: 'long', offset: 99999 })).toContain('there is no line 99999');
    expect(await read({ path: 'wide' })).toContain('50 characters of this line left out');
  });

  it('H1: belay.json is read in its redacted form only', async () => {
    const bench = agentBench({ 'belay.json': '{"suites":{"heldOut":"/secret/canary.jsonl"}}' });
    for (const path of ['belay.json', './belay.json', 'BELAY.json']) {
      const { output, read } = await bench.use('read_file', { path });
      expect(output).not.toContain('canary');
      expect(read).toBeUndefined();
    }
    expect((await bench.use('write_file', { path: 'belay.json', content: '{}' })).output).toContain(
      'only the supervisor changes it',
    );
  });
});

describe('edits', () => {
  it('announce their intent and make exactly it', async () => {
    const bench = agentBench({ 'a.pl': 'one\ntwo\nthree\n' });
    await bench.use('read_file', { path: 'a.pl' });
    const made = await bench.use('edit_file', { path: 'a.pl', old: 'two', new: '$& 2\nand $1' });
    const after = 'one\n$& 2\nand $1\nthree\n';
    const edit = {
      path: 'a.pl',
      before: digestOf('one\ntwo\nthree\n'),
      after: digestOf(after),
      lines: { added: 2, removed: 1 },
    };
    expect(made).toMatchObject({
      status: 'ok',
      title: 'edit a.pl',
      intent: edit,
      edit,
      read: { path: 'a.pl', digest: edit.after },
    });
    expect(made.output).toBe(`edited a.pl (+2 -1, sha256 ${digestOf(after).slice(0, 12)})`);
    expect(readFileSync(join(bench.root, 'a.pl'), 'utf8')).toBe(after);
    expect(await bench.use('edit_file', { path: 'a.pl', old: 'three', new: '3' })).toMatchObject({ status: 'ok' });
    const created = await bench.use('write_file', { path: 'lib/new.pm', content: '1;\n' });
    expect(created).toMatchObject({
      status: 'ok',
      edit: { path: 'lib/new.pm', before: null, lines: { added: 1, removed: 0 } },
    });
    expect(created.output).toBe(`created lib/new.pm (1 lines, sha256 ${digestOf('1;\n').slice(0, 12)})`);
    const again = await bench.use('write_file', { path: 'lib/new.pm', content: '2;\n' });
    expect(again).toMatchObject({ status: 'ok', edit: { before: digestOf('1;\n') } });
  });

  it('`old` must occur exactly once', async () => {
    const bench = agentBench({ a: 'aaa b\r\nc\r\n' });
    await bench.use('read_file', { path: 'a' });
    const output = async (old: string, now = 'x') =>
      (await bench.use('edit_file', { path: 'a', old, new: now })).output;
    expect(await output('zz')).toContain('"old" does not occur in a; copy it exactly');
    expect(await output('b\nc')).toContain('the file has CRLF line ends');
    expect(await output('aa')).toBe('error: "old" occurs 2 times in a; give more of the text around it'); // overlapping
    expect(await output('b', 'b')).toContain('are the same');
    expect(await output('')).toContain('"old" is empty');
    expect(readFileSync(join(bench.root, 'a'), 'utf8')).toBe('aaa b\r\nc\r\n');
  });

  it('S3: an existing file must have been read, and not have changed since', async () => {
    const bench = agentBench({ a: 'one' });
    const unread = await bench.use('write_file', { path: 'a', content: 'x' });
    expect(unread.output).toBe('error: a exists and you have not read it; read it first');
    expect((await bench.use('edit_file', { path: 'none', old: 'x', new: 'y' })).output).toBe(
      'error: no such file: none',
    );
    await bench.use('read_file', { path: 'a' });
    put(bench.root, 'a', 'the supervisor was here');
    const stale = { status: 'error', output: 'error: a changed since you read it; read it again' };
    expect(await bench.use('write_file', { path: 'a', content: 'x' })).toMatchObject(stale);
    expect(await bench.use('edit_file', { path: 'a', old: 'one', new: 'x' })).toMatchObject(stale);
    expect(readFileSync(join(bench.root, 'a'), 'utf8')).toBe('the supervisor was here');
    unlinkSync(join(bench.root, 'a'));
    expect(await bench.use('write_file', { path: 'a', content: 'again' })).toMatchObject({
      status: 'ok',
      edit: { before: null },
    });
  });

  it('S3: a change between the intent and the edit is seen too', async () => {
    const bench = agentBench({ a: 'one' });
    await bench.use('read_file', { path: 'a' });
    const call = callOf('write_file', { path: 'a', content: 'mine' });
    const prepared = await prepare(call, bench.context);
    put(bench.root, 'a', 'theirs');
    const outcome = await perform(call, bench.context, still, prepared.ok ? prepared.intent : undefined);
    expect(outcome).toMatchObject({
      fields: { status: 'error', output: 'error: a changed since you read it; read it again' },
    });
    expect(readFileSync(join(bench.root, 'a'), 'utf8')).toBe('theirs');
    // Sabotaged: an intent that follows the disk instead of what was read overwrites the supervisor's text.
    const careless: FileEdit = { path: 'a', before: digestOf('theirs'), after: digestOf('mine') };
    await perform(call, bench.context, still, careless);
    expect(readFileSync(join(bench.root, 'a'), 'utf8')).not.toBe('theirs');
  });

  it('S3: a file in an unsaved editor is refused, by either form of its path', async () => {
    const dirty: string[] = [];
    const bench = agentBench({ a: 'one' }, { dirtyEditors: () => dirty });
    await bench.use('read_file', { path: 'a' });
    for (const path of ['a', join(bench.root, 'a')]) {
      dirty.splice(0, 1, path);
      expect(await bench.use('write_file', { path: 'a', content: 'x' })).toMatchObject({
        status: 'refused',
        output: 'refused: the supervisor is editing a in an unsaved editor; work on something else or ask',
      });
    }
    dirty.pop();
    expect(await bench.use('write_file', { path: 'a', content: 'x' })).toMatchObject({ status: 'ok' });
  });

  it('a link that appeared after the intent is not followed', async () => {
    const bench = agentBench();
    const call = callOf('write_file', { path: 'dir/x', content: 'mine' });
    const prepared = await prepare(call, bench.context);
    mkdirSync(join(bench.root, 'other'));
    symlinkSync('other', join(bench.root, 'dir'));
    const { fields } = await perform(call, bench.context, still, prepared.ok ? prepared.intent : undefined);
    expect(fields).toMatchObject({
      status: 'error',
      output: 'error: dir/x goes through the symbolic link dir; links are not followed',
    });
  });
});

describe('settle', () => {
  const call = callOf('edit_file', { path: 'a', old: 'one', new: 'two' });
  const intent: FileEdit = {
    path: 'a',
    before: digestOf('one\n'),
    after: digestOf('two\n'),
    lines: { added: 1, removed: 1 },
  };

  it('S1: an edit that was not made is made, one that was made is noted, and anything else is left alone', async () => {
    const bench = agentBench({ a: 'one\n' });
    expect(await settle(call, bench.context, intent)).toMatchObject({ fields: { status: 'ok', edit: intent } });
    expect(readFileSync(join(bench.root, 'a'), 'utf8')).toBe('two\n');
    expect(await settle(call, bench.context, intent)).toMatchObject({ fields: { status: 'ok', edit: intent } });
    put(bench.root, 'a', 'one and more\n');
    const left = await settle(call, bench.context, intent);
    expect(left).toMatchObject({ fields: { status: 'interrupted' } });
    expect(left.fields.output).toMatch(/^interrupted, outcome unknown/);
    expect(readFileSync(join(bench.root, 'a'), 'utf8')).toBe('one and more\n');
  });

  it('S1: a new file that a crash kept from its name is written; one that is there is noted', async () => {
    const bench = agentBench();
    const create = callOf('write_file', { path: 'n', content: 'x' });
    const born: FileEdit = { path: 'n', before: null, after: digestOf('x') };
    put(bench.root, `.belay-${digestOf('n').slice(0, 16)}.tmp`, 'ha');
    expect(await settle(create, bench.context, born)).toMatchObject({ fields: { status: 'ok' } });
    expect((await bench.use('list_files', {})).output).toBe('n\n');
    expect(await settle(create, bench.context, born)).toMatchObject({ fields: { status: 'ok' } });
  });

  it('S1: a command is never run again', async () => {
    const bench = agentBench();
    const outcome = await settle(callOf('run', { command: 'touch ran' }), bench.context);
    expect(outcome).toEqual({ fields: { status: 'interrupted', output: 'interrupted, outcome unknown' } });
    expect((await bench.use('list_files', {})).output).toBe('no files');
  });
});

describe('the other tools', () => {
  it('run tells how it ended, streams, and keeps the whole of what is cut', async () => {
    const bench = agentBench();
    const pieces: string[] = [];
    const ran = await bench.use(
      'run',
      { command: 'echo out; echo err >&2; exit 3' },
      { onOutput: (text) => pieces.push(text) },
    );
    expect(ran).toMatchObject({ status: 'ok', exitCode: 3, title: 'run echo out; echo err >&2; exit 3' });
    expect(ran.output.split('\n').sort()).toEqual(['', 'err', 'exit 3', 'out']); // two pipes: their order is not ours
    expect(pieces.join('')).toHaveLength('out\nerr\n'.length);
    const long = await bench.use('run', { command: 'seq 1 9000' });
    expect(long.output.length).toBeLessThanOrEqual(limits.toolOutputChars);
    expect(long.output).toMatch(/^exit 0\n1\n2\n[^]*\n\[… \d+ characters left out: open_output c\]\n[^]*9000\n$/);
    expect(long.whole?.endsWith('8999\n9000\n')).toBe(true);
  });

  it('an interrupted command is told as interrupted', async () => {
    const bench = agentBench();
    const abort = new AbortController();
    const onOutput = () => {
      abort.abort();
    };
    const ran = await bench.use('run', { command: 'echo begun; exec sleep 60' }, { signal: abort.signal, onOutput });
    expect(ran.status).toBe('interrupted');
    expect(ran.output).toMatch(/^interrupted\n[^]*begun/);
  });

  it('a limit that ended a command is an error that names it', async () => {
    const ended = { output: 'x\n', exitCode: null, endedBy: 'timed out after 60 s' };
    const bench = agentBench({}, { runShell: () => Promise.resolve(ended) });
    expect(await bench.use('run', { command: 'x' })).toMatchObject({
      status: 'error',
      output: 'timed out after 60 s\nx\n',
    });
  });

  it('search and list speak of the workspace', async () => {
    const bench = agentBench({ 'a.txt': 'hello\n', 'b/c.txt': 'hello there\n' });
    const output = async (name: string, args: object) => (await bench.use(name, args)).output;
    expect(await output('list_files', {})).toBe('a.txt\nb/c.txt\n');
    expect(await output('list_files', { path: 'b' })).toBe('b/c.txt\n');
    expect(await output('list_files', { path: 'a.txt' })).toContain('is a file');
    expect(await output('list_files', { path: 'zz' })).toBe('error: no such folder: zz');
    expect(await output('search', { pattern: 'hello t' })).toBe('b/c.txt:1:hello there\n');
    expect(await output('search', { pattern: 'zzz' })).toBe('no matches');
    expect(await output('search', { pattern: 'a(' })).toMatch(/^error: the search failed: /);
    expect(await output('search', { pattern: 'x', path: '../' })).toContain('is outside the workspace');
  });

  it('tests, probes and marks carry their facts', async () => {
    const seen: unknown[] = [];
    const bench = agentBench(
      {},
      {
        runVisibleTests: (filter) => {
          seen.push(filter);
          return Promise.resolve({ ok: true, text: 'visible: 3 of 11 passed\n  Tabs: 3 of 11\n', pass: 3, total: 11 });
        },
        probeReference: (probe) => {
          seen.push(probe);
          return Promise.resolve({ ok: true, stdout: '<p>x</p>\n', stderr: '', exitCode: 0 });
        },
      },
    );
    const tested = await bench.use('run_visible_tests', { tags: ['Tabs'], ids: [] });
    expect(tested).toMatchObject({ status: 'ok', visible: { pass: 3, total: 11 }, title: 'run visible tests: Tabs' });
    const probed = await bench.use('probe_reference', { stdin: 'x' });
    expect(probed).toMatchObject({ output: 'exit 0\nstdout:\n<p>x</p>\n', exitCode: 0 });
    expect(seen).toEqual([{ tags: ['Tabs'] }, { args: [], stdin: 'x' }]);
    const none = await agentBench().use('probe_reference', {});
    expect(none).toMatchObject({ status: 'error', output: 'error: this task has no reference to ask' });
    expect(await bench.use('note', { text: 'tabs are four wide' })).toMatchObject({ note: 'tabs are four wide' });
    const items = [
      { title: 'lists', status: 'done' as const },
      { title: 'links', status: 'open' as const },
    ];
    expect(await bench.use('plan', { items })).toMatchObject({ plan: items, title: 'plan: 1 of 2 done' });
    expect(await bench.use('ask', { question: 'Tables too?' })).toMatchObject({ question: 'Tables too?' });
    expect(await bench.use('finish', { summary: 'all in' })).toMatchObject({ finish: 'all in' });
  });
});

describe('open_output', () => {
  const whole = `${'ä😀x'.repeat(8_000)}end`;
  const bench = () =>
    agentBench({}, { toolOutput: (call) => Promise.resolve(call === '3.2' ? whole : call === '3.1' ? '' : null) });

  it('shows all of what an earlier call gave, a part at a time and each within its bound', async () => {
    const { use } = bench();
    let [text, offset] = ['', 0];
    while (offset < whole.length) {
      const { output, status } = await use('open_output', { call: '3.2', offset });
      const [, from, to, of] = /^\[characters (\d+) to (\d+) of the (\d+) of 3\.2\]\n/.exec(output) ?? [];
      expect([status, Number(from), Number(of)]).toEqual(['ok', offset, whole.length]);
      expect(output.length).toBeLessThanOrEqual(limits.toolOutputChars);
      text += output.slice(output.indexOf('\n') + 1);
      offset = Number(to);
    }
    expect(text).toBe(whole);
    expect((await use('open_output', { call: '3.2', offset: 32_000, limit: 3 })).output).toMatch(/ of 3\.2\]\nend$/);
  });

  it('says what there is where nothing can be shown', async () => {
    const { use } = bench();
    expect((await use('open_output', { call: '9.1' })).output).toBe('error: there was no call 9.1 that gave anything');
    expect((await use('open_output', { call: '3.2', offset: 99_999 })).output).toBe(
      'error: the output of 3.2 has 32003 characters',
    );
    expect((await use('open_output', { call: '../3' })).output).toContain(
      'must be the number of a call, such as "12.2"',
    );
    expect((await use('open_output', { call: '3.1' })).output).toBe('[characters 0 to 0 of the 0 of 3.1]\n');
  });
});

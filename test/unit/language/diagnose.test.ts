/** Job: every finding of the language server, drawn at its range; real files in a real folder. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/language/diagnose.ts';
import { makeFolder, put } from '../workspace/folder.ts';
import { drawn, goodCase, machineIn, taskWith, textOf, type TaskEdits } from './taskText.ts';

async function drawnIn(files: Record<string, string | Buffer>, task: TaskEdits, port = {}): Promise<string> {
  const folder = makeFolder({ 'cases.jsonl': goodCase, ...files });
  return drawn(textOf(task), { machine: machineIn(folder, port), jsonFeatures: true });
}

describe('what a schema cannot say', () => {
  it('is silent about a whole task', async () => {
    expect(await drawnIn({}, taskWith())).toBe('');
  });

  it('underlines a missing suite and a missing document', async () => {
    const task = taskWith({ suites: { visible: 'tests/none.jsonl' }, docs: ['spec.txt', 'here.md'] });
    expect(await drawnIn({ 'here.md': '' }, task)).toBe(
      `
  "visible": "tests/none.jsonl"
             ~~~~~~~~~~~~~~~~~~ error: "tests/none.jsonl" does not exist; it holds the cases, one JSON object a line
  "spec.txt",
  ~~~~~~~~~~ error: "spec.txt" does not exist; paths are relative to belay.json`.slice(1),
    );
  });

  it('underlines a document outside the workspace, which the agent could not read', async () => {
    expect(await drawnIn({ 'here.md': '' }, taskWith({ docs: ['here.md', '/etc/passwd'] }))).toBe(
      `
  "/etc/passwd"
  ~~~~~~~~~~~~~ error: "/etc/passwd" lies outside the workspace, and the agent reads only what is inside; copy it into the workspace and name the copy`.slice(
        1,
      ),
    );
  });

  it('underlines an empty suite, a folder and a binary file at their paths', async () => {
    expect(await drawnIn({ 'cases.jsonl': '\n\n' }, taskWith())).toMatch(
      /^ {2}"visible": "cases\.jsonl"\n {13}~{13} error: .*the suite has no case → cases\.jsonl:1$/,
    );
    expect(await drawnIn({ 'cases/a': '' }, taskWith({ suites: { visible: 'cases' } }))).toContain(
      '"cases" is not a file',
    );
    const binary = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]);
    expect(await drawnIn({ 'cases.jsonl': binary }, taskWith())).toContain(
      'error: "cases.jsonl" can\'t be read: it is not text',
    );
  });

  it('names the line of a duplicate id, of a case without expectation and of what is not JSON', async () => {
    const suite = [goodCase.trim(), goodCase.trim(), '{"id":"b","expect":{}}', '{"id":"c"', ''].join('\n');
    expect(await drawnIn({ 'cases.jsonl': suite }, taskWith())).toMatch(
      new RegExp(
        [
          '^ {2}"visible": "cases.jsonl"',
          ' {13}~{13} error: cases.jsonl:2: duplicate id "a", first on line 1 → cases.jsonl:2',
          ' {2}"visible": "cases.jsonl"',
          ' {13}~{13} error: cases.jsonl:3: expect: expects nothing: give "stdout", "stderr", "exit" or "files" → cases.jsonl:3',
          ' {2}"visible": "cases.jsonl"',
          ' {13}~{13} error: cases.jsonl:4: not JSON: .* → cases.jsonl:4$',
        ].join('\n'),
      ),
    );
  });

  it('tells twenty findings of a suite and counts the rest', async () => {
    const folder = makeFolder({ 'cases.jsonl': 'x\n'.repeat(50) });
    const { findings } = await diagnose(textOf(taskWith()), { machine: machineIn(folder), jsonFeatures: true });
    expect(findings).toHaveLength(21);
    expect(findings.at(-1)?.message).toBe('cases.jsonl: 30 more problems');
  });

  it('H2: underlines held-out cases inside the workspace, also behind a link', async () => {
    const task = taskWith({ suites: { visible: 'cases.jsonl', heldOut: 'secret.jsonl' } });
    const inside =
      'error: "secret.jsonl" lies inside the workspace, where the agent could read it; move it out and name it by its new path';
    expect(await drawnIn({ 'secret.jsonl': goodCase }, task)).toBe(
      `  "heldOut": "secret.jsonl"\n             ~~~~~~~~~~~~~~ ${inside}`,
    );
    const root = makeFolder({ 'real/cases.jsonl': goodCase, 'real/secret.jsonl': goodCase });
    symlinkSync(join(root, 'real'), join(root, 'linked'));
    const throughLink = taskWith({ suites: { visible: 'cases.jsonl', heldOut: `${root}/linked/secret.jsonl` } });
    expect(await drawn(textOf(throughLink), { machine: machineIn(join(root, 'real')), jsonFeatures: true })).toContain(
      'lies inside the workspace',
    );
    // The same words where it does lie outside: nothing.
    put(root, 'secret.jsonl', goodCase);
    const outside = taskWith({ suites: { visible: 'cases.jsonl', heldOut: '../secret.jsonl' } });
    expect(await drawn(textOf(outside), { machine: machineIn(join(root, 'real')), jsonFeatures: true })).toBe('');
  });

  it('H1: a finding about a held-out suite repeats nothing that stands in it', async () => {
    const root = makeFolder({
      'work/cases.jsonl': goodCase,
      'secret.jsonl': [
        '{"id":"CANARY","expect":{"stdout":"CANARY"}}',
        '{"id":"CANARY","expect":{"stdout":"y"}}',
        'CANARY {',
        '{"CANARY":1}',
        '',
      ].join('\n'),
    });
    const task = taskWith({ suites: { visible: 'cases.jsonl', heldOut: '../secret.jsonl' } });
    const { findings } = await diagnose(textOf(task), { machine: machineIn(join(root, 'work')), jsonFeatures: true });
    expect(findings.map(({ related }) => related?.line)).toEqual(expect.arrayContaining([2, 3, 4]));
    expect(JSON.stringify(findings)).not.toContain('CANARY');
    // The same lines in the visible suite are repeated: the check above can fail.
    const shown = await diagnose(textOf(taskWith({ suites: { visible: '../secret.jsonl' } })), {
      machine: machineIn(join(root, 'work')),
      jsonFeatures: true,
    });
    expect(JSON.stringify(shown.findings)).toContain('CANARY');
  });

  it('underlines a program that is not there', async () => {
    const task = taskWith({
      candidate: { language: 'x', run: ['no-such-program-x'] },
      reference: { command: ['/no/such/cmark', '--unsafe'] },
    });
    expect(await drawnIn({}, task)).toBe(
      `
   "no-such-program-x"
   ~~~~~~~~~~~~~~~~~~~ error: the program "no-such-program-x" was not found on PATH; install it or give its path
   "/no/such/cmark",
   ~~~~~~~~~~~~~~~~ error: the reference "/no/such/cmark" was not found; install it, or leave "reference" out`.slice(1),
    );
  });

  it('leaves a candidate alone that the build is yet to make', async () => {
    expect(await drawnIn({}, taskWith({ candidate: { language: 'c', build: 'make', run: ['./out/cat'] } }))).toBe('');
  });

  it('warns of a model that the endpoint does not list, and says when nothing answers', async () => {
    const models = () => Promise.resolve(['big', 'small']);
    expect(await drawnIn({}, taskWith(), { models })).toBe(
      '  "name": "m",\n          ~~~ warning: the endpoint does not list a model "m"; it lists big, small',
    );
    const folder = makeFolder({ 'cases.jsonl': goodCase });
    const machine = machineIn(folder);
    machine.silentEndpoints.add('https://models.example/v1');
    expect(await drawn(textOf(taskWith()), { machine, jsonFeatures: true })).toBe(
      '  "baseUrl": "https://models.example/v1",\n             ~~~~~~~~~~~~~~~~~~~~~~~~~~~ information: ' +
        "nothing answers at https://models.example/v1 now, so the model's name was not checked",
    );
  });

  it('tells refinements at the key of their object, and still checks every part that is whole', async () => {
    const task = taskWith({ budget: { steps: { soft: 9, hard: 5 } }, docs: ['none.md'] });
    expect(await drawnIn({}, task)).toBe(
      `
  "steps": {
  ~~~~~~~ error: soft must not be more than hard
  "none.md"
  ~~~~~~~~~ error: "none.md" does not exist; paths are relative to belay.json`.slice(1),
    );
    expect(await drawnIn({}, taskWith({ budget: {} }))).toContain(
      ' "budget": {}\n ~~~~~~~~ error: name at least one hard limit',
    );
  });

  it('of equal keys underlines the last, which is the one that counts', async () => {
    const folder = makeFolder({ 'cases.jsonl': goodCase });
    const text = textOf(taskWith())
      .replace('"visible"', '"visible": "cases.jsonl",\n  "visible"')
      .replace(/(visible[^]*visible": )"cases\.jsonl"/, '$1"gone"');
    const { findings } = await diagnose(text, { machine: machineIn(folder), jsonFeatures: true });
    expect(findings.map(({ start }) => start)).toEqual([text.indexOf('"gone"')]);
  });
});

describe('syntax and shape', () => {
  const editors = [true, false];

  it.each(editors)('are told once, by the editor or by the server (jsonFeatures: %s)', async (jsonFeatures) => {
    const folder = makeFolder({ 'cases.jsonl': goodCase });
    const { name: _, ...task } = taskWith({ candiate: 1, gates: { everySteps: 0 } });
    const told = await drawn(textOf(task), { machine: machineIn(folder), jsonFeatures });
    const broken = await drawn('{\n "name": "a"\n "docs": []\n}', { machine: null, jsonFeatures });
    if (jsonFeatures) {
      expect([told, broken]).toEqual(['', '']);
      return;
    }
    expect(told).toBe(
      `
{
~ error: "name" is missing (string)
 "candiate": 1,
 ~~~~~~~~~~ error: unknown key "candiate"
  "everySteps": 0
                ~ error: Too small: expected number to be >0`.slice(1),
    );
    expect(broken).toBe(' "docs": []\n ~~~~~~ error: not JSON: comma expected');
  });

  it('accepts comments and a last comma, as the engine does', async () => {
    const folder = makeFolder({ 'cases.jsonl': goodCase });
    const text = textOf(taskWith()).replace('{', '{ // a task').replace(/}$/, ',}');
    expect(await drawn(text, { machine: machineIn(folder), jsonFeatures: false })).toBe('');
  });

  it('says that a file is empty', async () => {
    for (const jsonFeatures of editors)
      expect(await drawn('', { machine: null, jsonFeatures })).toContain('error: the file is empty');
  });

  it.each([
    ['a megabyte', 'x'.repeat(2_000_000)],
    ['NUL bytes', '\0'.repeat(1000)],
    ['a list', '[1, 2]'],
    ['a number', '7'],
    ['half a task', '{"suites": {"visible": "cases'],
    ['lone surrogates', '{"name": "\ud800"}'],
  ])('survives %s', async (_what, text) => {
    const machine = machineIn(makeFolder());
    const { findings } = await diagnose(text, { machine, jsonFeatures: false });
    expect(findings.length).toBeGreaterThan(0);
    for (const { start, end } of findings) expect(start <= end && end <= text.length).toBe(true);
  });
});

describe('large and odd suites', () => {
  it('checks the head of a large suite and says so', async () => {
    const folder = makeFolder({
      'cases.jsonl': `${goodCase}{"id":"b","expect":{"exit":0}}\nbroken beyond the limit\n`,
    });
    const machine = machineIn(folder, {}, goodCase.length + 40);
    expect(await drawn(textOf(taskWith()), { machine, jsonFeatures: true })).toMatch(
      /information: only the first part of "cases\.jsonl" was checked here/,
    );
  });

  it('does not read a device', async () => {
    const task = taskWith({ suites: { visible: '/dev/zero' } });
    expect(await drawn(textOf(task), { machine: machineIn(makeFolder()), jsonFeatures: true })).toContain(
      '"/dev/zero" is not a file',
    );
  });

  it('reads a suite again when it has changed', async () => {
    const folder = makeFolder({ 'cases.jsonl': goodCase });
    const machine = machineIn(folder);
    expect(await drawn(textOf(taskWith()), { machine, jsonFeatures: true })).toBe('');
    put(folder, 'cases.jsonl', '');
    expect(await drawn(textOf(taskWith()), { machine, jsonFeatures: true })).toContain('the suite has no case');
  });

  it('names what is to be watched, wherever it lies', async () => {
    const folder = makeFolder({ 'cases.jsonl': goodCase });
    const task = taskWith({ suites: { visible: 'cases.jsonl', heldOut: '~/held.jsonl' }, docs: ['../spec.md'] });
    const { watched } = await diagnose(textOf(task), { machine: machineIn(folder), jsonFeatures: true });
    expect(watched).toEqual([`${folder}/cases.jsonl`, `${folder}/home/held.jsonl`, join(folder, '../spec.md')]);
  });
});

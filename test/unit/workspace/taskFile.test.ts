import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTask } from '../../../src/engine/workspace/taskFile.ts';
import { makeFolder, put } from './folder.ts';

const oneCase = '{"id":"a","stdin":"x","expect":{"stdout":"y"}}\n';

function task(change: (task: Record<string, never> & Record<string, unknown>) => void = () => undefined): string {
  const value = {
    name: 't',
    candidate: { language: 'perl', run: ['perl', 'x.pl'] },
    docs: ['docs/spec.md'],
    suites: { visible: 'tests/visible.jsonl' } as Record<string, unknown>,
    model: {
      provider: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:1/v1',
      name: 'm',
      price: { input: 1, output: 2 },
    },
    budget: { costUsd: { hard: 1 } },
  };
  change(value as never);
  return JSON.stringify(value, null, 2);
}

function place(text: string): { folder: string; load: () => ReturnType<typeof loadTask> } {
  const folder = makeFolder({ 'belay.json': text, 'docs/spec.md': '#', 'tests/visible.jsonl': oneCase });
  const env = { PATH: process.env['PATH'], HOME: makeFolder() };
  return { folder, load: () => loadTask({ taskFile: join(folder, 'belay.json'), workspace: folder, env }) };
}

async function problems(one: { load: () => ReturnType<typeof loadTask> }): Promise<string[]> {
  const result = await one.load();
  return (result.ok ? result.warnings : result.problems).map((problem) => problem.text);
}

describe('loadTask', () => {
  it('loads a good task, comments and all', async () => {
    const result = await place(`// mine\n${task()}`).load();
    expect(result.ok && result.task.name).toBe('t');
    expect(result.ok && result.warnings).toEqual([]);
  });

  it('places what is wrong with the text or the schema', async () => {
    expect(await problems(place('{\n  "name": "t"\n  "budget": {}\n}'))).toContain(
      'belay.json:3:3 not JSON: comma expected',
    );
    expect(await problems(place(''))).toEqual([expect.stringMatching(/^belay\.json:1:1 /)]);
    const text = '{\n  "name": "",\n  "modle": {}\n}';
    const told = await problems(place(text));
    expect(told).toContain('belay.json:2:11 must not be empty');
    expect(told).toContain('belay.json:3:12 unknown key "modle"');
    const missing = await loadTask({ taskFile: '/nowhere/belay.json', workspace: '/nowhere', env: {} });
    expect(!missing.ok && missing.problems[0]?.message).toBe('there is no /nowhere/belay.json');
  });

  it('finds what only the disk can tell', async () => {
    const one = place(
      task((t) => {
        Object.assign(t, {
          docs: ['docs/none.md'],
          reference: { command: ['no-such-program'] },
          candidate: { language: 'x', run: ['no-such-perl'] },
        });
        Object.assign(t, { suites: { visible: 'tests/none.jsonl' }, sandbox: { toolchains: ['~/.none'] } });
      }),
    );
    const told = (await problems(one)).map((text) => text.replace(/^belay\.json:\d+:\d+ /, ''));
    expect(told).toEqual([
      'the program "no-such-perl" was not found on PATH; install it or give its path',
      'the reference "no-such-program" was not found on PATH; install it, or leave "reference" out',
      '"docs/none.md" does not exist; paths are relative to belay.json',
      '"tests/none.jsonl" does not exist; it holds the cases, one JSON object a line',
      '"~/.none" is not a folder; commands will not see it',
    ]);
  });

  it('refuses documents that the agent could not read, also through a link, at their place', async () => {
    const outside = makeFolder({ 'spec.md': '#' });
    const one = place(
      task((t) => {
        Object.assign(t, { docs: ['docs', 'docs/link.md', join(outside, 'spec.md')] });
      }),
    );
    symlinkSync(join(outside, 'spec.md'), join(one.folder, 'docs/link.md'));
    const result = await one.load();
    const told = result.ok ? [] : result.problems;
    expect(told.map(({ path, message }) => [path, message])).toEqual([
      [
        ['docs', 1],
        expect.stringMatching(/^"docs\/link.md" lies outside the workspace, .*; copy it into the workspace/),
      ],
      [['docs', 2], expect.stringMatching(/spec.md" lies outside the workspace/)],
    ]);
    const lines = readFileSync(join(one.folder, 'belay.json'), 'utf8').split('\n');
    for (const [index, { line, column }] of told.entries())
      expect(lines[line - 1]?.slice(column - 1)).toMatch(index === 0 ? /^"docs\/link.md"/ : /^".*spec.md"/);
  });

  it('tells the lines of a suite that are wrong', async () => {
    const one = place(task());
    put(one.folder, 'tests/visible.jsonl', `${oneCase}{"id":"b","expect":{}}\n${oneCase}nonsense\n`);
    const result = await one.load();
    expect(!result.ok && result.problems.map((p) => p.message)).toEqual([
      expect.stringContaining('tests/visible.jsonl:2: expect: expects nothing'),
      'tests/visible.jsonl:3: duplicate id "a", first on line 1',
      expect.stringContaining('tests/visible.jsonl:4: not JSON'),
    ]);
    expect(!result.ok && result.problems[0]?.line).toBe(14);
    put(one.folder, 'tests/visible.jsonl', '\n');
    expect(await problems(one)).toEqual([expect.stringContaining('tests/visible.jsonl:1: the suite has no case')]);
  });

  it('tells what a suite that is one object lacks, and that it can’t be split', async () => {
    const one = place(task());
    put(
      one.folder,
      'tests/visible.jsonl',
      '{\n  "files": ["help.sh", "gone"],\n  "cases": [{"id":"a","expect":{"exit":0}}]\n}',
    );
    put(one.folder, 'tests/help.sh', '');
    expect(await problems(one)).toEqual([
      expect.stringContaining('tests/visible.jsonl needs "gone", which does not stand beside it'),
    ]);
    const outside = makeFolder({ 'held.json': '{"junit": {"command": "x", "report": "r.xml", "cases": 3}}' });
    const split = place(
      task((t) => {
        Object.assign(t, { suites: { split: { file: join(outside, 'held.json') } } });
      }),
    );
    expect(await problems(split)).toEqual([
      expect.stringContaining("can't be split: its cases share files or a report"),
    ]);
  });

  it('H2: held-out cases inside the workspace are refused, also through a link', async () => {
    const inside = place(
      task((t) => {
        Object.assign(t, { suites: { visible: 'tests/visible.jsonl', heldOut: 'tests/held.jsonl' } });
      }),
    );
    put(inside.folder, 'tests/held.jsonl', oneCase);
    expect(await problems(inside)).toEqual([expect.stringContaining('lies inside the workspace')]);
    const outside = makeFolder();
    symlinkSync(join(inside.folder, 'tests/held.jsonl'), join(outside, 'held.jsonl'));
    const linked = place(
      task((t) => {
        Object.assign(t, { suites: { visible: 'tests/visible.jsonl', heldOut: join(outside, 'held.jsonl') } });
      }),
    );
    put(linked.folder, 'tests/held.jsonl', oneCase);
    expect((await linked.load()).ok).toBe(true); // another workspace's file: outside this one
    symlinkSync(join(linked.folder, 'tests/held.jsonl'), join(outside, 'mine.jsonl'));
    put(
      linked.folder,
      'belay.json',
      task((t) => {
        Object.assign(t, { suites: { visible: 'tests/visible.jsonl', heldOut: join(outside, 'mine.jsonl') } });
      }),
    );
    expect(await problems(linked)).toEqual([expect.stringContaining('lies inside the workspace')]);
  });

  it('H1: what is wrong with a held-out line is told without anything that stands on it', async () => {
    const outside = makeFolder({
      'h.jsonl': [
        '{"id":"ho-canary","expect":{"stdout":"canary"}}',
        '{"id":"ho-canary","expect":{"stdout":""}}',
        'canary nonsense',
        '{"id":"c","expect":{"files":{"canary":3}}}',
        '{"id":"d","canary":1,"expect":{}}',
      ].join('\n'),
    });
    const one = place(
      task((t) => {
        Object.assign(t, { suites: { visible: 'tests/visible.jsonl', heldOut: join(outside, 'h.jsonl') } });
      }),
    );
    const told = await problems(one);
    expect(told.length).toBeGreaterThanOrEqual(4);
    expect(told.join('\n')).not.toContain('canary');
    // The same lines in the visible suite do name it: the check can fail.
    put(
      one.folder,
      'tests/visible.jsonl',
      '{"id":"canary","expect":{"exit":0}}\n{"id":"canary","expect":{"exit":0}}\n',
    );
    expect((await problems(one)).join('\n')).toContain('canary');
  });

  it('a program that the build or the agent makes need not exist; one that can not be executed is not found', async () => {
    expect(
      (
        await place(
          task((t) => {
            Object.assign(t, { candidate: { language: 'c', build: 'make', run: ['./cmark'] } });
          }),
        ).load()
      ).ok,
    ).toBe(true);
    const outside = makeFolder({ prog: '#!/bin/sh\n' });
    const one = place(
      task((t) => {
        Object.assign(t, { reference: { command: [join(outside, 'prog')] } });
      }),
    );
    expect(await problems(one)).toEqual([expect.stringContaining('was not found; install it')]);
    chmodSync(join(outside, 'prog'), 0o755);
    expect((await one.load()).ok).toBe(true);
  });
});

describe('a task of a hostile folder', () => {
  const pipe = (file: string) => execFileSync('mkfifo', [file]);

  it.each([
    ['a pipe', pipe, "can't be read: it is not a file"],
    [
      'a device',
      (file: string) => {
        symlinkSync('/dev/zero', file);
      },
      "can't be read: it is not a file",
    ],
    [
      'a folder',
      (file: string) => {
        mkdirSync(file);
      },
      "can't be read: it is a folder",
    ],
    [
      'an endless file',
      (file: string) => {
        put(join(file, '..'), 'belay.json', '{');
        truncateSync(file, 2 ** 40);
      },
      "can't be read: it is too large",
    ],
  ])('in which belay.json is %s is refused at once', async (_, make, message) => {
    const one = place('');
    rmSync(join(one.folder, 'belay.json'));
    make(join(one.folder, 'belay.json'));
    expect(await problems(one)).toEqual([`belay.json:1:1 ${message}`]);
  });

  it('names a document that is a pipe, which nobody would ever finish reading', async () => {
    const one = place(task((t) => Object.assign(t, { docs: ['docs/pipe'] })));
    pipe(join(one.folder, 'docs/pipe'));
    expect(await problems(one)).toEqual([expect.stringContaining('"docs/pipe" is neither a file nor a folder')]);
  });

  it('names a recording that is larger than a whole run', async () => {
    const model = { provider: 'recorded', file: 'r.jsonl' };
    const one = place(task((t) => Object.assign(t, { model, budget: { steps: { hard: 1 } } })));
    put(one.folder, 'r.jsonl', '{');
    truncateSync(join(one.folder, 'r.jsonl'), 2 ** 40);
    expect(await problems(one)).toEqual([
      expect.stringContaining('"r.jsonl" can\'t be read: it has 1099511627776 bytes'),
    ]);
  });

  it('B1: gives no number that becomes infinite, and so no limit at all, when it is multiplied', async () => {
    const price = { input: 1e308, output: 1 };
    for (const more of [{ budget: { wallHours: { hard: 1e305 } } }, { model: { provider: 'manual', price } }]) {
      const [told] = await problems(place(task((t) => Object.assign(t, more))));
      expect(told).toContain('must be at most 1,000,000');
    }
  });
});

/** Job: the text that the agent reads of a visible test run, over the real workspace. */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CaseFilter, HeldOutSuite, VisibleSuite } from '../../../src/engine/verification/suite.ts';
import { runVisibleTests, type VisibleTestsRequest } from '../../../src/engine/verification/visibleTests.ts';
import { Bench } from './candidates.ts';

vi.setConfig({ testTimeout: 60_000 });

let bench: Bench;
let request: VisibleTestsRequest;
beforeEach(() => {
  bench = new Bench();
  const workspace = join(bench.root, 'workspace');
  bench.file('workspace/main.pl', 'print uc join "", <STDIN>');
  const suite: VisibleSuite = {
    kind: 'visible',
    file: bench.suite('visible.jsonl', [
      { id: 'up-1', tags: ['Up'], stdin: 'a\n', expect: { stdout: 'A\n' } },
      { id: 'up-2', tags: ['Up'], args: ['-x'], stdin: 'b\n', expect: { stdout: 'B!\n' } },
      { id: 'exit-1', tags: ['Exit'], expect: { exit: 0 } },
    ]),
  };
  request = { verifier: bench.visible(), suite, recipe: bench.recipe(), workspace, filter: {}, seed: 1 };
});
afterEach(async () => {
  await bench.end();
});

const run = (filter: CaseFilter = {}) => runVisibleTests({ ...request, filter });

describe('runVisibleTests', () => {
  it('H1: says counts, counts by tag, and the failing cases in full', async () => {
    expect(await run()).toEqual({
      ok: true,
      visible: { pass: 2, total: 3 },
      text: [
        'visible: 2 of 3 passed',
        '  Exit: 1 of 1',
        '  Up: 1 of 2',
        '',
        'case up-2 (fail: standard output differs)',
        'args: ["-x"]',
        'stdin:',
        'b\n',
        'expected:',
        'B!\n',
        'actual:',
        'B\n',
      ].join('\n'),
    });
  });

  it('H1: a held-out suite or its verifier is no argument of it', () => {
    const suite: HeldOutSuite = { kind: 'heldOut', file: 'x' };
    // @ts-expect-error a held-out suite does not compile here
    const wrongSuite: VisibleTestsRequest = { ...request, suite };
    // @ts-expect-error nor does the client of the process that serves them
    const wrongVerifier: VisibleTestsRequest = { ...request, verifier: bench.heldOut() };
    expect([wrongSuite.suite.kind, wrongVerifier.filter]).toEqual(['heldOut', {}]);
  });

  it('takes cases by tag or id, and says when there is none', async () => {
    expect((await run({ tags: ['Exit'] })).visible).toEqual({ pass: 1, total: 1 });
    expect((await run({ tags: ['Exit'], ids: ['up-1'] })).visible).toEqual({ pass: 2, total: 2 });
    expect(await run({ tags: ['Nope'] })).toEqual({ ok: false, text: 'error: no visible case has the tag "Nope"' });
  });

  it('tests the workspace as it is now, through a copy that has no links out and no history', async () => {
    mkdirSync(join(request.workspace, '.git'));
    writeFileSync(join(request.workspace, '.git/x'), '');
    symlinkSync(bench.run, join(request.workspace, 'out'));
    writeFileSync(
      join(request.workspace, 'main.pl'),
      'print -e ".git" ? "git" : "none", -e "out" ? "out" : "none"; open my $f, ">", "left";',
    );
    const outcome = await run({ ids: ['up-1'] });
    expect(outcome.text).toContain('actual:\nnonenone');
    expect(existsSync(join(request.workspace, 'left'))).toBe(false);
  });

  it('gives the end of a build that fails', async () => {
    request = { ...request, recipe: bench.recipe({ build: 'echo "main.c:3: error"; exit 1' }) };
    const outcome = await run();
    expect(outcome.text).toMatch(
      /^visible: 0 of 3 passed\nthe build failed: the build ended with exit 1\nmain\.c:3: error\n/,
    );
    expect(outcome.text).not.toContain('case up-1');
  });

  it('gives a message where nothing could be run', async () => {
    rmSync(request.suite.file);
    expect(await run()).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^error: the suite .* could not be read/) as string,
    });
    const signal = AbortSignal.abort();
    expect(await runVisibleTests({ ...request, signal })).toEqual({ ok: false, text: 'error: cancelled' });
  });
});

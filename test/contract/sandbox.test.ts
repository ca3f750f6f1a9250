/** Contract of the real engine: its sandbox is attacked before the first run, and breaks in mid-run. */
import { delimiter } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAtFirst } from '../../src/engine/firstCheck.ts';
import { sandboxCheckFile } from '../../src/protocol/places.ts';
import { plantSabotaged, sabotages } from '../attack/sabotages.ts';
import { breakingSandbox } from '../unit/sandbox/breaking.ts';
import { Bench, runs, say, script, upper, writes } from './harness.ts';

const folders: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** First on the PATH of every engine that is started from now on. */
function breakable() {
  const folder = mkdtempSync(join(tmpdir(), 'belay-breakable-'));
  folders.push(folder);
  const sandbox = breakingSandbox(folder);
  vi.stubEnv('PATH', `${sandbox.folder}${delimiter}${process.env['PATH'] ?? ''}`);
  return sandbox;
}

/** First on the PATH of every engine that is started from now on. */
function sabotaged(name: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'belay-sabotaged-'));
  folders.push(folder);
  const sabotage = sabotages.find((one) => one.name === name);
  if (!sabotage) throw new Error(`no sabotage is named ${name}`);
  plantSabotaged(folder, sabotage);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
}

describe('a sandbox that nobody has checked', () => {
  const bench = () => Bench.make({ answer: script(say('Capitals.', writes('upper.sh', upper))) });

  it('H2: is attacked at the first start, which journals what came of it; the next start knows', async () => {
    const first = await bench();
    const { seal } = (await first.start()).state.run ?? {};
    expect(seal).toMatchObject({ sealed: true, reasons: [] });
    expect(seal?.withstood).toBeGreaterThan(100);
    const kept = statSync(sandboxCheckFile(first.state)).mtimeMs;
    expect(await checkAtFirst(first.state)).toBeNull();
    expect(statSync(sandboxCheckFile(first.state)).mtimeMs).toBe(kept);
  });

  it('H2: where attacks come through the run is not sealed, and says how many (sabotaged)', async () => {
    sabotaged('without a filter of system calls');
    const { seal } = (await (await bench()).start()).state.run ?? {};
    expect(seal?.sealed).toBe(false);
    expect(seal?.reasons).toEqual([expect.stringMatching(/^\d+ attacks came through the sandbox when it was checked/)]);
    expect(seal).not.toHaveProperty('withstood');
  });
});

describe('a sandbox that breaks in mid-run', () => {
  it('H2: at a command: it is not run, the run pauses and says what to do, and goes on once it is mended', async () => {
    const sandbox = breakable();
    const bench = await Bench.make({
      answer: script(
        say('Capitals.', writes('upper.sh', upper)),
        say('A look.', runs('touch looked.txt'), writes('after.txt', 'after\n')),
      ),
      server: {
        beforeChunk: ({ number }, index) => {
          if (number === 2 && index === 1) sandbox.break('refusing');
        },
      },
    });
    const window = await bench.start();
    const { paused } = await bench.until(window, 'the pause', (state) => state.paused !== null);
    expect(paused?.reason).toBe('sandbox');
    expect(paused?.message).toMatch(/No permissions to create new namespace.*then resume the run/s);
    expect(bench.read('looked.txt')).toBeNull();
    await expect(window.request('resume', {})).rejects.toThrow('Install or repair bubblewrap, then resume the run.');
    expect(window.state.paused?.reason, 'another look found it broken still').toBe('sandbox');
    sandbox.mend();
    await window.request('resume', {});
    const state = await bench.gate(window);
    expect(state.figures.visible.last, 'what could not be verified meanwhile was verified').toMatchObject({
      checkpoint: state.head,
      pass: 4,
    });
    expect(state.figures.heldOut.last).toMatchObject({ checkpoint: state.head, pass: 3 });
    expect(bench.read('after.txt')).toBe('after\n');
    const [, command] = bench.entries(window, 'tool.finished');
    expect(command).toMatchObject({ callId: '2.1', status: 'error' });
  });

  it('H2: at a verification: no figure is made of it, the run pauses, and the gate has its figures once it is mended', async () => {
    const sandbox = breakable();
    const bench = await Bench.make({
      answer: script(say('Capitals.', writes('upper.sh', upper))),
      server: {
        beforeChunk: ({ number }, index) => {
          if (number === 2 && index === 1) sandbox.break('gone');
        },
      },
    });
    const window = await bench.start();
    const { paused } = await bench.until(window, 'the pause', (state) => state.paused !== null);
    expect(paused?.reason).toBe('sandbox');
    expect(paused?.message).toMatch(/bwrap was not found.*then resume the run/s);
    const seen = bench.entries(window, 'verification.finished').map(({ counts }) => counts.error);
    expect(seen.filter((errors) => errors > 0)).toEqual([]);
    sandbox.mend();
    await window.request('resume', {});
    const state = await bench.gate(window);
    expect(state.figures.visible.last).toMatchObject({ checkpoint: state.head, pass: 4 });
    expect(state.figures.heldOut.last).toMatchObject({ checkpoint: state.head, pass: 3 });
  });
});

describe('what a command makes that steers the editor', () => {
  it('H2, S3: is in quarantine when the command ends: told to the agent and the supervisor, in no checkpoint; their own stays', async () => {
    const bench = await Bench.make({
      answer: script(
        say('Settings.', runs('mkdir -p .vscode lib/.git && echo {} >.vscode/tasks.json && echo x >kept.txt')),
        say('More.', runs('echo x >>.devcontainer/devcontainer.json')),
      ),
    });
    bench.write('.devcontainer/devcontainer.json', '{}\n');
    const window = await bench.start();
    const state = await bench.gate(window);
    const [made, refused] = bench.entries(window, 'tool.finished');
    expect(made?.quarantined?.toSorted()).toEqual(['.vscode', 'lib/.git']);
    expect(made?.output).toMatch(/^exit 0\ntaken out of the workspace: /);
    expect(refused?.output).toContain('Read-only file system');
    expect(bench.read('.vscode/tasks.json')).toBeNull();
    expect(bench.read('kept.txt')).toBe('x\n');
    expect(bench.read('.devcontainer/devcontainer.json')).toBe('{}\n');
    expect(state.happenings.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^Quarantined .*: a command made what steers your editor or git$/),
    );
    const paths = bench.entries(window, 'checkpoint.created').flatMap(({ changeset }) => changeset.paths);
    expect(paths.filter(({ path }) => path.includes('.vscode') || path.includes('.git/'))).toEqual([]);
  });
});

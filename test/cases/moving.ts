/** Job: the case of files that change at the very moment in which they are read. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { largeBytes } from '../../src/engine/checkpoint/content.ts';
import type { Outcome, OwnCase } from './case.ts';
import { checkStore } from './check.ts';
import { CaseEngine } from './engine.ts';
import { difference, look } from './look.ts';
import type { Scene } from './scene.ts';

/** Appends to one file, and lets a large one grow and shrink, until it is ended. */
const writer = `
const fs = require('node:fs');
const log = fs.openSync('log', 'a');
for (let at = 0; ; at++) {
  fs.writeSync(log, 'line ' + at + '\\n');
  if (at % 50 === 0) fs.truncateSync('large', ${largeBytes} + (at % 100 === 0 ? 1000 : 500000));
  if (at === 0) process.stdout.write('go');
}`;

async function whileRead(scene: Scene): Promise<Outcome> {
  scene.write('log', '');
  scene.write('x', 'one');
  writeFileSync(scene.path('large'), Buffer.alloc(largeBytes + 9, 1));
  const then = look(scene.workspace);
  const engine = await CaseEngine.open(scene.run, scene.workspace);
  try {
    await engine.takeBaseline();
    await engine.beginStep();
    scene.write('x', 'two');
    const child = spawn(process.execPath, ['-e', writer], {
      cwd: scene.workspace,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    scene.atEnd(() => child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const step = await engine.finishStep();
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGKILL');
    await ended;
    for (const path of ['log', 'large']) scene.append(path, 'last');

    const now = look(scene.workspace);
    const wanted = new Map([...now, ['x', then.get('x') ?? '']]);
    await engine.rollBack(0);
    // What went on after the step's checkpoint counts as yours: both files stay.
    const undo = difference(wanted, look(scene.workspace));
    await engine.undo();
    const redo = difference(now, look(scene.workspace));
    const store = await checkStore(scene, engine);
    return { undo: `${await heldInOrder(scene, engine, step)}${undo}`, redo: `${redo}${store}`, git: '' };
  } finally {
    await engine.close();
  }
}

/** The log in the checkpoint is how it was at some moment. */
async function heldInOrder(scene: Scene, engine: CaseEngine, step: number): Promise<string> {
  const folder = join(scene.root, 'export');
  await engine.checkpoints.exportTo(step, folder);
  const held = readFileSync(join(folder, 'log'));
  const whole = readFileSync(scene.path('log'));
  return whole.subarray(0, held.length).equals(held) ? '' : 'the log in the checkpoint never was so\n';
}

export const movingCase: OwnCase = {
  name: 'files change while they are read',
  does: 'They are read again, up to three times; what still moves is read anew by every later look, and is never taken for settled',
  perform: whileRead,
};

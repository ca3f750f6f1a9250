// The walkthrough and the welcome of package.json: every picture is there and small, every link leads to a command that is
// contributed, every step ticks itself by a key that is told.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextKeys } from '../../../src/extension/contextKeys.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const pictureBytesMost = 80_000;
const images = ['dark', 'light', 'hc', 'hcLight'] as const;

interface Step {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly media: { readonly image: Readonly<Record<(typeof images)[number], string>>; readonly altText: string };
  readonly completionEvents?: readonly string[];
}

interface Contributes {
  readonly commands: readonly { readonly command: string }[];
  readonly viewsWelcome: readonly { readonly contents: string }[];
  readonly walkthroughs: readonly { readonly id: string; readonly steps: readonly Step[] }[];
}

const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { contributes: Contributes };
const steps = contributes.walkthroughs.flatMap((one) => one.steps);
const ours = new Set(contributes.commands.map(({ command }) => command));
const others = new Set(['vscode.openFolder', 'workbench.trust.manage']);

/** Links that lead nowhere. */
function deadLinks(text: string): readonly string[] {
  const commands = [...text.matchAll(/\(command:([\w.]+)/g)].map(([, command]) => command ?? '');
  return commands.filter((command) => !ours.has(command) && !others.has(command));
}

describe('the walkthrough', () => {
  it('has a handful of steps, each with a way to do it', () => {
    expect(steps.length).toBeGreaterThanOrEqual(5);
    expect(steps.length).toBeLessThanOrEqual(6);
    for (const { description } of steps) expect(description).toMatch(/\n\[[^\]]+\]\(command:belay\.\w+\)$/);
  });

  it.each(steps)('$id: its pictures are there in four themes, of one size, and small', ({ media }) => {
    const sizes = images.map((image) => {
      const file = join(root, media.image[image]);
      expect(statSync(file).size).toBeLessThanOrEqual(pictureBytesMost);
      const { width, height } = sizeOf(file);
      return `${String(width)} × ${String(height)}`;
    });
    expect(new Set(sizes).size).toBe(1);
    expect(media.altText.length).toBeGreaterThan(20);
  });

  it('ticks its steps by keys that are told', () => {
    const keys = steps.flatMap(({ completionEvents = [] }) =>
      completionEvents
        .filter((event) => event.startsWith('onContext:'))
        .map((event) => event.replace('onContext:belay.', '')),
    );
    expect(keys.length).toBeGreaterThanOrEqual(4);
    expect(keys.filter((key) => !(contextKeys as readonly string[]).includes(key))).toEqual([]);
  });

  it('leads nowhere that is not there, and neither does the welcome', () => {
    const texts = [
      ...steps.map(({ description }) => description),
      ...contributes.viewsWelcome.map(({ contents }) => contents),
    ];
    expect(texts.flatMap(deadLinks)).toEqual([]);
    expect(deadLinks('[Go](command:belay.noSuch)'), 'the check finds a dead one').toEqual(['belay.noSuch']);
  });
});

/** Width and height from the header of a PNG. */
function sizeOf(file: string): { readonly width: number; readonly height: number } {
  const png = readFileSync(file);
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

// What the palette and the title bars show in every situation of a window, from package.json's clauses and the keys that
// contextKeys.ts tells. `paletteTable.txt` is the golden table: a command that is added must say when it works. "Start
// Reconstruction" is there without a folder, trust or task too: it leads to what is missing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextKeys, contextOf } from '../../../src/extension/contextKeys.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { holds, type Context } from '../../architecture/whenClause.ts';
import { checkpoint, created, fold, requested, task, wholeStep } from '../run/builders.ts';

interface Command {
  readonly command: string;
  readonly title: string;
  readonly category?: string;
  readonly icon?: string;
  readonly enablement?: string;
}

interface MenuItem {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}

interface Manifest {
  readonly contributes: {
    readonly commands: readonly Command[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
  };
}

const manifest = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8'),
) as Manifest;
const { commands, menus } = manifest.contributes;

const begun: readonly EntryBody[] = [created(), { type: 'engine.started', pid: 1, generation: 1 }, checkpoint(0)];
const running = fold([...begun, ...wholeStep(1)]);
const byHand = created({ model: { ...task.model, provider: 'manual', name: 'by hand' } });
const rolledBack: readonly EntryBody[] = [
  checkpoint(2, { kind: 'safety', step: null }),
  { type: 'rollback.started', to: 0, safety: 2, plan: { digest: 'p', bytes: 1 }, by: 'anna', undo: false },
  checkpoint(3, { kind: 'rollback', step: null, continues: 0 }),
  { type: 'rollback.finished', to: 0, written: 1, deleted: 0, kept: 0, conflicts: [] },
];

const after = (...bodies: readonly EntryBody[]) => contextOf('attached', fold(bodies, running), true);

/** The situations of a window, in the order of the table's columns. */
const situations: Readonly<Record<string, Context>> = {
  'no folder': { ...window({ folders: 0 }), ...told(contextOf('none', null, false)) },
  untrusted: { ...window({ trusted: false }), ...told(contextOf('none', null, true)) },
  'no task': { ...window(), ...told(contextOf('none', null, false)) },
  task: { ...window(), ...told(contextOf('none', null, true)) },
  starting: { ...window(), ...told(contextOf('starting', null, true)) },
  running: { ...window(), ...told(contextOf('attached', running, true)) },
  gate: {
    ...window(),
    ...told(after({ type: 'gate.opened', gate: 1, step: 1, checkpoint: 1, reasons: [] })),
  },
  paused: { ...window(), ...told(after({ type: 'run.paused', reason: 'supervisor', message: '' })) },
  'no key': { ...window(), ...told(after({ type: 'run.paused', reason: 'key', message: '' })) },
  'no consent': { ...window(), ...told(after({ type: 'run.paused', reason: 'consent', message: '' })) },
  'by hand': {
    ...window(),
    ...told(
      contextOf('attached', fold([byHand, ...begun.slice(1), { type: 'step.started', step: 1 }, requested(1)]), true),
    ),
  },
  'rolled back': { ...window(), ...told(after(...rolledBack)) },
  stopping: { ...window(), ...told(after({ type: 'stop.requested', by: 'anna' })) },
  'engine gone': { ...window(), ...told(contextOf('lost', running, true)) },
  ended: {
    ...window(),
    ...told(contextOf('readOnly', fold([{ type: 'run.ended', outcome: 'finished', message: '' }], running), true)),
  },
  'diff shown': { ...window(), ...told(contextOf('attached', running, true)), 'belay.checkpointInFront': true },
};

/** VS Code's own keys. */
function window({ folders = 1, trusted = true } = {}): Context {
  return {
    workspaceFolderCount: folders,
    isWorkspaceTrusted: trusted,
    view: '',
    viewItem: '',
    'belay.checkpointInFront': false,
    'belay.verdictsShown': false,
  };
}

function told(values: ReturnType<typeof contextOf>): Context {
  return Object.fromEntries(contextKeys.map((key) => [`belay.${key}`, values[key]]));
}

const isEnabled = ({ enablement }: Command, context: Context): boolean =>
  enablement === undefined || holds(enablement, context);

/** As VS Code's palette does: what a menu item hides is not listed, nor is a command that is disabled. */
function isInPalette(command: Command, context: Context): boolean {
  const items = (menus['commandPalette'] ?? []).filter((item) => item.command === command.command);
  return isEnabled(command, context) && items.every(({ when }) => when === undefined || holds(when, context));
}

describe('the palette', () => {
  it('shows in each situation what works there, and nothing else', async () => {
    const names = Object.keys(situations);
    const line = (first: string, cells: readonly string[]): string =>
      `${first.padEnd(40)}  ${cells.join('  ')}`.trimEnd();
    const rows = commands.map((command) => {
      const cell = (name: string): string =>
        (isInPalette(command, situations[name] ?? {}) ? '●' : '').padEnd(name.length);
      return line(`${command.title} (${command.command})`, names.map(cell));
    });
    const table = [line('', names), ...rows.sort()];
    await expect(`${table.join('\n')}\n`).toMatchFileSnapshot('paletteTable.txt');
  });

  it('the table would show a clause that is wrong', () => {
    const pause = commands.find(({ command }) => command === 'belay.pause');
    expect(pause && isInPalette(pause, situations['task'] ?? {})).toBe(false);
    expect(pause && isInPalette({ ...pause, enablement: 'belay.hasTask' }, situations['task'] ?? {})).toBe(true);
    expect(() => holds('belay.hasTusk', situations['task'] ?? {})).toThrow('no key "belay.hasTusk"');
    expect(() => holds('belay.hasTask &', situations['task'] ?? {})).toThrow("can't be read");
  });
});

describe('every command', () => {
  it.each(commands)('$command has a category, and a title in title case', ({ title, category }) => {
    expect(category).toBe('Belay');
    expect(title).toMatch(/^[A-Z]/);
    expect(title.split(/[ -]/)[0]).not.toBe('Belay');
    expect(title).not.toContain('...');
  });
});

/** Every place of a menu that draws a button, with its command. */
const buttons = ['view/title', 'view/item/context', 'editor/title']
  .flatMap((menu) => (menus[menu] ?? []).map((item) => ({ menu, item, group: item.group ?? '' })))
  .filter(({ group }) => /^(navigation|inline)/.test(group))
  .map(({ menu, item }) => ({ menu, command: item.command }));

describe('every button', () => {
  it.each(buttons)('$command in $menu has an icon', ({ command }) => {
    expect(commands.find((each) => each.command === command)?.icon).toMatch(/^\$\([a-z-]+\)$/);
  });
});

describe('every item of a title bar', () => {
  const places = (menus['view/title'] ?? []).flatMap((item) =>
    Object.entries(situations).map(([situation, context]) => ({ item, situation, context })),
  );

  it('works where it is shown', () => {
    const dead = places
      .filter(({ item, context }) => {
        const view = /view == ([\w.]+)/.exec(item.when ?? '')?.[1] ?? '';
        const command = commands.find((each) => each.command === item.command);
        const shown = item.when === undefined || holds(item.when, { ...context, view });
        return shown && command !== undefined && !isEnabled(command, context);
      })
      .map(({ item, situation }) => `${item.command} is shown and disabled: ${situation}`);
    expect(dead).toEqual([]);
    expect(places.length).toBeGreaterThan(100);
  });
});

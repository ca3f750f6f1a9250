/**
 * Job: settings, commands and keys as Markdown tables, from package.json itself.
 * Boundary: pure. A context key that has no words here throws, so that the column "works when" stays true.
 */

export interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly enablement?: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
    readonly keybindings: readonly { readonly command: string; readonly key: string; readonly mac?: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, Setting>>;
    };
  };
}

interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly enum?: readonly string[];
  readonly markdownDescription?: string;
  readonly description?: string;
}

/** What each context key means, as the end of "works when …"; the second is its negation. */
const words: Readonly<Record<string, readonly [yes: string, no: string]>> = {
  starting: ['a run is being started', ''],
  lost: ['the engine is gone', 'the engine is there'],
  served: ['a run is shown', 'no run is shown'],
  live: ['a run is active', 'no run is active'],
  running: ['the run is running', 'the run is not running'],
  paused: ['the run is paused', 'the run is not paused'],
  stopping: ['the run is being stopped', ''],
  gateOpen: ['a gate is open', 'no gate is open'],
  checkpointInFront: ['a diff with a checkpoint is in front', ''],
  canCommit: ['the folder is in a git repository', ''],
  playsRecording: ['the run plays a recording', ''],
  canUndoRollback: ['the last thing was a rollback', ''],
  stalled: ['the run seems to stall', ''],
  hasOtherModel: ['the task names another model for stalls', 'the task names no other model'],
  canUndoAccept: ['files or a gate were accepted', ''],
  hasHeldOut: ['the task has held-out cases', ''],
  verdictsShown: ['the Test Explorer shows the verdicts', ''],
  asksByHand: ['a question waits for you', ''],
  waitsForConsent: ['the run waits for your consent', ''],
  hasTask: ['the folder has a task', 'the folder has no task'],
  hasRun: ['there is a run', 'there is no run'],
};

/** `media/docs/settings.md`. */
export function settingsReference(manifest: Manifest): string {
  return [
    '# Settings, commands and keys',
    'Belay sends no telemetry, so there is no setting for it.',
    '## Settings',
    settingsTable(manifest),
    '## Commands',
    'All of them are in the palette under “Belay:” while they work.',
    commandsTable(manifest),
    '',
  ].join('\n\n');
}

export function settingsTable({ contributes }: Manifest): string {
  const rows = Object.entries(contributes.configuration.properties).map(([key, setting]) => {
    const what = setting.markdownDescription ?? setting.description ?? '';
    const fallback = setting.default === '' ? 'empty' : `\`${JSON.stringify(setting.default)}\``;
    return `| \`${key}\` | ${fallback} | ${what.replaceAll('|', '\\|').replaceAll('\n', ' ')} |`;
  });
  return ['| setting | default | |', '|---|---|---|', ...rows].join('\n');
}

/** The commands of the palette: title, key, and when they work. */
export function commandsTable({ contributes }: Manifest): string {
  const { commands, keybindings, menus } = contributes;
  const never = new Set((menus['commandPalette'] ?? []).filter(({ when }) => when === 'false').map((i) => i.command));
  const rows = commands
    .filter(({ command }) => !never.has(command))
    .map(({ command, title, enablement }) => {
      const key = keybindings.find((binding) => binding.command === command)?.key ?? '';
      return `| ${title} | ${key === '' ? '' : `\`${spoken(key)}\``} | ${enablement === undefined ? 'always' : inWords(enablement)} |`;
    });
  return ['| Belay: | key | works when |', '|---|---|---|', ...rows].join('\n');
}

/** "ctrl+k g" → "Ctrl+K G". */
const spoken = (key: string): string => key.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());

function inWords(clause: string): string {
  const any = clause.split('||').map((alternative) =>
    alternative
      .split('&&')
      .map((part) => wordsOf(part.trim()))
      .filter((part) => part !== '')
      .join(' and '),
  );
  return any.join(', or ');
}

function wordsOf(part: string): string {
  const [, not, key = ''] = /^(!?)belay\.(\w+)$/.exec(part) ?? [];
  const pair = words[key];
  if (pair === undefined) throw new Error(`"${part}" has no words in manifestReference.ts`);
  return pair[not === '!' ? 1 : 0];
}

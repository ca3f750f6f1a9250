/**
 * Job: the usage of one command: its own lines of the whole usage, and what is said there of all commands and holds for it.
 * Boundary: pure text; the words stand once, in args.ts.
 */
import { assert } from '../base/assert.ts';
import { optionsOf, type CommandName } from './args.ts';
import { usage } from './usage.ts';

const [head = '', ...rest] = usage.split(/\n(?= {2}belay )/);
const last = rest.pop() ?? '';
const [lastCommand = '', notes = ''] = last.split('\n\n');
const blocks = [...rest, lastCommand];

/** Ends with a line break, as `usage` does. */
export function helpOf(name: CommandName): string {
  const block = blocks.find((lines) => lines.trimStart().startsWith(`belay ${name} `));
  assert(block !== undefined, `the usage says nothing of ${name}`);
  const said = notes
    .trimEnd()
    .split('\n')
    .filter((note) => holdsFor(note, name, block));
  return [head.trimEnd(), '', block.trimEnd(), '', ...said, ''].join('\n');
}

const starts = ['run', 'resume'];

function holdsFor(note: string, name: CommandName, block: string): boolean {
  if (note.startsWith('A run is named')) return /\[run\]|<run>|--run run/.test(block);
  if (note.startsWith('--json')) return optionsOf[name].includes('json');
  if (/^The (model's key|engine runs on)/.test(note)) return starts.includes(name);
  return true;
}

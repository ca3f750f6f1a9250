/** Job: random edit scripts for property tests, and one edit of them made in a workspace. */
import fc from 'fast-check';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Workbench } from './fixture.ts';

export const ignoredNames = ['ign', 'out'];
const names = ['a', 'b', ':c', 'd e', ...ignoredNames];
export const pathOf = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

export type Edit =
  | { readonly kind: 'write'; readonly path: string; readonly content: string; readonly mode: number }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly to: string }
  | { readonly kind: 'remove' | 'folder' | 'repository'; readonly path: string };

const editOf: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      path: pathOf,
      content: fc.constantFrom('', 'x', 'y\r\n', '\0z'),
      mode: fc.constantFrom(0o644, 0o600, 0o755, 0o444),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('rename'), path: pathOf, to: pathOf }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('chmod'), path: pathOf, mode: fc.constantFrom(0o700, 0o755, 0o555) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('link'), path: pathOf, to: fc.constantFrom('a', '..', '/nowhere') }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('remove', 'folder', 'repository'), path: pathOf }) },
);
export const scriptOf = fc.array(editOf, { maxLength: 10 });

/** One edit; what is not possible as the tree stands is passed over, as a shell script without -e does. */
export function perform(bench: Workbench, edit: Edit): void {
  const path = bench.path(edit.path);
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (edit.kind === 'write') bench.write(edit.path, edit.content, edit.mode);
    else if (edit.kind === 'rename') renameSync(path, bench.path(edit.to));
    else if (edit.kind === 'chmod') chmodSync(path, edit.mode);
    else if (edit.kind === 'link') symlinkSync(edit.to, path);
    else if (edit.kind === 'remove') rmSync(path, { recursive: true });
    else if (edit.kind === 'folder') mkdirSync(path);
    else bench.write(`${edit.path}/.git/HEAD`, 'ref: refs/heads/main\n');
  } catch {
    // such as a file in the place of a folder
  }
}

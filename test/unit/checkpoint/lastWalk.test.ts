/** Rules: C2, C3: a walk that remembers the one before makes the manifest that a walk without a memory makes. */
import fc from 'fast-check';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOnly, isStampOf, lstatOf, stampOf } from '../../../src/engine/checkpoint/content.ts';
import { FileSystemClock } from '../../../src/engine/checkpoint/fileSystemClock.ts';
import { IgnoreRules } from '../../../src/engine/checkpoint/ignoreRules.ts';
import { LastWalk, type Folder, type WalkedFolder } from '../../../src/engine/checkpoint/lastWalk.ts';
import { listedIn, listFolder, type Listing } from '../../../src/engine/checkpoint/listing.ts';
import { emptyManifest, type Manifest } from '../../../src/engine/checkpoint/manifest.ts';
import { ancestorsOf } from '../../../src/engine/checkpoint/paths.ts';
import type { Tracked } from '../../../src/engine/checkpoint/repository.ts';
import { scan } from '../../../src/engine/checkpoint/scan.ts';
import { ignoredNames, pathOf, perform, scriptOf, type Edit } from './editScript.ts';
import { temporaryFolder, Workbench } from './fixture.ts';

const dayNs = 86_400_000_000_000n;
const rules = new IgnoreRules();

interface WalkParams {
  readonly workspace: string;
  readonly previous: Manifest | null;
  readonly lastWalk: LastWalk;
  readonly nowNs: bigint;
  readonly tracked?: Tracked;
  readonly told?: readonly string[];
}

function walk({ workspace, tracked = trackedIn([]), told, ...params }: WalkParams): Promise<Manifest> {
  return scan({
    ...params,
    root: workspace,
    told: told ?? null,
    reusable: () => true,
    sink: digestOnly,
    stored: false,
    rules,
    above: [],
    tracked,
    coveredIgnoredFileBytes: 2,
    listers: null,
  });
}

function trackedIn(paths: readonly string[]): Tracked {
  return { files: new Set(paths), folders: new Set(paths.flatMap(ancestorsOf)) };
}

const content = ({ entries, notCovered, repositories }: Manifest) => ({ entries, notCovered, repositories });

class CountingWalk extends LastWalk {
  recalled = 0;

  override recall(...asked: Parameters<LastWalk['recall']>): WalkedFolder | null {
    const known = super.recall(...asked);
    if (known) this.recalled += 1;
    return known;
  }
}

class BelievingWalk extends LastWalk {
  private readonly all = new Map<string, WalkedFolder>();

  override remember(folder: WalkedFolder): void {
    this.all.set(folder.inside.path, folder);
  }

  override recall({ path }: Folder): WalkedFolder | null {
    return this.all.get(path) ?? null;
  }
}

class UnheedingWalk extends LastWalk {
  override begin(): void {
    // that it starts from another manifest than it made is not looked at
  }
}

interface Act {
  readonly edits: readonly Edit[];
  readonly rules: readonly string[];
  readonly tracked: readonly string[];
  readonly isTold: boolean;
  /** Begins with what was found first, not with what was found last. */
  readonly isFromFirst: boolean;
}

const actOf: fc.Arbitrary<Act> = fc.record({
  edits: scriptOf,
  rules: fc.subarray(ignoredNames),
  tracked: fc.array(pathOf, { maxLength: 3 }),
  isTold: fc.boolean(),
  isFromFirst: fc.boolean(),
});

/** Edits, each seen by walks with a memory and without one; a day passes between them, so that all counts as settled. */
function walkAlike(lastWalk: LastWalk) {
  return fc.asyncProperty(fc.array(actOf, { minLength: 2, maxLength: 4 }), async (acts) => {
    const bench = await Workbench.open();
    const clock = new FileSystemClock(join(bench.root, 'clock'));
    onTestFinished(() => {
      clock.dispose();
    });
    let nowNs = clock.nowNs();
    let previous: Manifest | null = null;
    let first: Manifest | null = null;
    for (const act of acts) {
      for (let then = clock.nowNs(); clock.nowNs() === then;); // an edit of the same tick can't be told by the times
      bench.write('.gitignore', `${act.rules.join('\n')}\n`);
      for (const edit of act.edits) perform(bench, edit);
      const shared = { workspace: bench.workspace, tracked: trackedIn(act.tracked) };
      const told: Pick<WalkParams, 'told'> = act.isTold && previous ? { told: act.edits.map(({ path }) => path) } : {};
      for (const how of [told, {}, {}, {}]) {
        nowNs += dayNs;
        const plain = await walk({ ...shared, ...how, previous, nowNs, lastWalk: new LastWalk() });
        const found: Manifest = await walk({ ...shared, ...how, previous, nowNs, lastWalk });
        expect(content(found)).toEqual(content(plain));
        previous = found;
        first ??= previous;
      }
      if (act.isFromFirst) previous = first;
    }
  });
}

const numRuns = Number(process.env['FAST_CHECK_RUNS'] ?? 20);

describe('a walk with a memory', () => {
  it('C2, C3: finds what one without finds, whatever was done between', async () => {
    const lastWalk = new CountingWalk();
    await fc.assert(walkAlike(lastWalk), { numRuns });
    expect(lastWalk.recalled).toBeGreaterThan(numRuns);
  }, 600_000);

  it.each([
    ['believes its memory', () => new BelievingWalk()],
    ['does not heed what the walk starts from', () => new UnheedingWalk()],
  ])(
    'C2, sabotaged: the same check fails for one that %s',
    async (_, lastWalk) => {
      await expect(fc.assert(walkAlike(lastWalk()), { numRuns: 200 })).rejects.toThrow(/Property failed/);
    },
    120_000,
  );
});

describe('a remembered folder', () => {
  const inside: Folder = { path: 'a', marks: { mtimeMs: 0, ctimeMs: 0, ino: 1 }, scope: [], trackedOnly: false };
  const listing: Listing = { names: 'x', numbers: new Float64Array([0o100644, 1, 70, 100, 2]) };
  const tracked = trackedIn([]);
  const remembered = (...asked: [Partial<WalkedFolder>?]) => {
    const lastWalk = new LastWalk();
    lastWalk.begin(emptyManifest);
    lastWalk.remember({ inside, listing, below: [], notCovered: [], tracked: null, ...asked[0] });
    return lastWalk;
  };

  it('C2: is looked at again where something in it was changed shortly before the last walk', () => {
    const lastWalk = remembered();
    expect(lastWalk.recall(inside, listing, tracked, 100)).toBeNull();
    expect(lastWalk.recall(inside, listing, tracked, 101)).not.toBeNull();
  });

  it('C3: is looked at again where other rules hold, or git tracks something else and that was asked', () => {
    const patterns = () => null;
    const scope = [{ folder: '', patterns }];
    const lastWalk = remembered({ inside: { ...inside, scope }, tracked });
    expect(lastWalk.recall({ ...inside, scope: [{ folder: '', patterns }] }, listing, tracked, 101)).not.toBeNull();
    expect(lastWalk.recall({ ...inside, scope: [] }, listing, tracked, 101)).toBeNull();
    expect(lastWalk.recall({ ...inside, scope, trackedOnly: true }, listing, tracked, 101)).toBeNull();
    expect(lastWalk.recall({ ...inside, scope }, listing, trackedIn(['b']), 101)).toBeNull();
    const other = { ...listing, numbers: listing.numbers.with(3, 99.5) };
    expect(lastWalk.recall({ ...inside, scope }, other, tracked, 101)).toBeNull();
  });

  it('C2: is forgotten where a walk did not come to its end', () => {
    const lastWalk = remembered();
    lastWalk.begin(emptyManifest);
    expect(lastWalk.recall(inside, listing, tracked, 101)).toBeNull();
  });
});

it('C2: a stamp is known again by its times in ms', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'x'), '');
  for (const seconds of [0, 0.5, 1, 1_234_567_890.123_456, Date.now() / 1000]) {
    utimesSync(join(folder, 'x'), seconds, seconds);
    const stat = lstatOf(join(folder, 'x'));
    const [listed] = [...listedIn(listFolder(folder, ''))];
    if (!stat || !listed) throw new Error('it is not there');
    expect(isStampOf(stampOf(stat), listed)).toBe(true);
    expect(isStampOf(stampOf(stat), { ...listed, mtimeMs: listed.mtimeMs + 0.001 })).toBe(false);
    expect(isStampOf('', listed)).toBe(false);
  }
});

// The Review view without VS Code: what stands in which group, what is read, pages, words, and which files are looked at again.
import { describe, expect, it } from 'vitest';
import { bytesText } from '../../../src/extension/review/bytesText.ts';
import { newDependencyWords } from '../../../src/extension/review/dependencies.ts';
import { isGenerated, whyFirst, whyNoText } from '../../../src/extension/review/fileKinds.ts';
import { ReadMarks, type Memory } from '../../../src/extension/review/readMarks.ts';
import {
  describeReview,
  nextUnread,
  reviewGroups,
  type ReviewMarks,
} from '../../../src/extension/review/reviewList.ts';
import { reviewMessage } from '../../../src/extension/review/reviewMessage.ts';
import { ReviewModel, type ReviewPorts } from '../../../src/extension/review/reviewModel.ts';
import type { ChangedFile } from '../../../src/protocol/messages.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { checkpoint, created, fold, wholeStep } from '../run/builders.ts';

function changed(path: string, more: Partial<ChangedFile> = {}): ChangedFile {
  return {
    path,
    change: 'modified',
    beforeBytes: 10,
    afterBytes: 12,
    binary: false,
    added: 2,
    removed: 1,
    version: `file 644 ${path}`,
    ...more,
  };
}

const nothingRead: ReviewMarks = {
  readOf: () => 'unread',
  settled: new Set(),
  edited: new Set(),
  why: new Map(),
};

class InMemory implements Memory {
  readonly values = new Map<string, unknown>();

  get(key: string): unknown {
    return this.values.get(key);
  }

  update(key: string, value: unknown): Promise<void> {
    this.values.set(key, structuredClone(value));
    return Promise.resolve();
  }
}

describe('kinds of files', () => {
  it.each([
    ['src/month.go', null],
    ['go.mod', 'dependencies'],
    ['requirements-dev.txt', 'dependencies'],
    ['src/month_test.go', 'test, 1 line removed'],
    ['t/basic.t', 'test, 1 line removed'],
    ['latest/notes.md', null],
    ['Makefile', 'config'],
    ['.github/CODEOWNERS', 'config'],
    ['belay.json', 'the task itself'],
  ])('%s: look first because %j', (path, why) => {
    expect(whyFirst(changed(path))).toBe(why);
  });

  it('looks first at what is gone, at links and at new lists of dependencies', () => {
    expect(whyFirst(changed('src/a.go', { change: 'deleted', version: null }))).toBe('deleted');
    expect(whyFirst(changed('a_test.go', { change: 'deleted', version: null }))).toBe('test deleted');
    expect(whyFirst(changed('lib', { version: 'symlink 777 a' }))).toBe('link');
    expect(whyFirst(changed('package.json', { change: 'added' }))).toBe('dependencies, new');
  });

  it.each(['package-lock.json', 'a/go.sum', 'node_modules/x/index.js', 'web/app.min.js', 'lib/x.pb.go'])(
    '%s is generated',
    (path) => {
      expect(isGenerated(changed(path))).toBe(true);
    },
  );

  it('takes a script with very long lines for minified, and others not', () => {
    const script = { change: 'added', added: 12, removed: 0 } as const;
    expect(isGenerated(changed('web/app.js', { ...script, afterBytes: 90_000 }))).toBe(true);
    expect(isGenerated(changed('web/app.js', { ...script, afterBytes: 400 }))).toBe(false);
    expect(isGenerated(changed('src/target.go'))).toBe(false);
  });

  it('says why a file has a diff of its own', () => {
    expect(whyNoText(changed('a.png', { binary: true }))).toBe('image');
    expect(whyNoText(changed('a.bin', { binary: true }))).toBe('binary');
    expect(whyNoText(changed('a.txt', { afterBytes: 1_000_001 }))).toBe('over 1 MB');
    expect(whyNoText(changed('a.txt', { afterBytes: 500_000, added: 20_001 }))).toBe('over 20,000 lines');
    expect(whyNoText(changed('a.txt'))).toBeNull();
  });

  it('draws bytes in rows of sixteen', () => {
    const text = bytesText(Buffer.from('\u007fELF and then some'));
    expect(text.split('\n').slice(0, 4)).toEqual([
      '18 bytes',
      '',
      '00000000  7f 45 4c 46 20 61 6e 64 20 74 68 65 6e 20 73 6f  |.ELF and then so|',
      '00000010  6d 65                                            |me|',
    ]);
  });
});

describe('new dependencies', () => {
  it.each([
    ['package.json', '{"dependencies":{"a":"1"}}', '{"dependencies":{"a":"2"},"devDependencies":{"left-pad":"1"}}'],
    ['go.mod', 'module x\n', 'module x\n\nrequire (\n\tgithub.com/left/left-pad v1.0.0\n)\n'],
    ['Cargo.toml', '[package]\nname = "a"\n', '[package]\nname = "a"\n[dependencies]\nleft-pad = "1"\n'],
    ['pyproject.toml', 'dependencies = []\n', 'dependencies = [\n  "left-pad>=1",\n]\n'],
    ['requirements.txt', 'a==1\n', '# why\na==2\nleft-pad==1\n'],
    ['cpanfile', '', "requires 'left::pad' => 1;\n"],
  ])('%s names what is new', (path, before, after) => {
    expect(newDependencyWords(path, before, after)).toMatch(/^new dependency: .*left\W+pad$/);
    expect(newDependencyWords(path, after, after)).toBeNull();
  });

  it('names two and counts the others; says nothing of what it can’t read', () => {
    const after = JSON.stringify({ dependencies: { a: '1', b: '1', c: '1', d: '1' } });
    expect(newDependencyWords('package.json', '{}', after)).toBe('new dependencies: a, b and 2 more');
    expect(newDependencyWords('package.json', '{}', '{"dependencies": {')).toBeNull();
    expect(newDependencyWords('pom.xml', '', '<dependency/>')).toBeNull();
  });
});

describe('what is read', () => {
  it('is a version: another one unticks, the same one again ticks', async () => {
    const marks = new ReadMarks(new InMemory());
    marks.show('run');
    await marks.set([changed('a')], true);
    expect(marks.stateOf(changed('a'))).toBe('read');
    expect(marks.stateOf(changed('a', { version: 'file 755 a' }))).toBe('changed');
    expect(marks.stateOf(changed('b'))).toBe('unread');
    await marks.set([changed('gone', { version: null })], true);
    expect(marks.stateOf(changed('gone', { version: null }))).toBe('read');
    await marks.set([changed('a')], false);
    expect(marks.stateOf(changed('a'))).toBe('unread');
  });

  it('is kept by run, survives a reload, and is bounded', async () => {
    const memory = new InMemory();
    const marks = new ReadMarks(memory);
    for (const run of ['1', '2', '3', '4']) {
      marks.show(run);
      await marks.set([changed(`of ${run}`)], true);
    }
    await marks.set(
      Array.from({ length: 2_000 }, (_, i) => changed(String(i))),
      true,
    );
    expect(marks.stateOf(changed('of 4'))).toBe('unread');
    const reloaded = new ReadMarks(memory);
    reloaded.show('4');
    expect(reloaded.stateOf(changed('1999'))).toBe('read');
    reloaded.show('2');
    expect(reloaded.stateOf(changed('of 2'))).toBe('read');
    reloaded.show('1');
    expect(reloaded.stateOf(changed('of 1'))).toBe('unread');
  });
});

describe('rows of the Review view', () => {
  const files = ['README.md', 'go.mod', 'go.sum', 'src/a.go', 'src/b.go'].map((path) => changed(path));

  it('groups by what to look at first; what was read before stands apart, what is ticked now stays', () => {
    const read = new Set(['src/a.go', 'README.md']);
    const marks: ReviewMarks = {
      ...nothingRead,
      readOf: ({ path }) => (read.has(path) ? 'read' : 'unread'),
      settled: new Set(['README.md']),
      why: new Map([['go.mod', 'new dependency: x']]),
    };
    const groups = reviewGroups(files, marks);
    expect(groups.map(({ label, files: rows }) => [label, ...rows.map(({ file, why }) => why ?? file.path)])).toEqual([
      ['Look first (1)', 'new dependency: x'],
      ['Changed files (2)', 'src/a.go', 'src/b.go'],
      ['Generated (1)', 'go.sum'],
      ['Read (1)', 'README.md'],
    ]);
  });

  it('opens groups over 40 files in pages, each file once', () => {
    const many = Array.from({ length: 100 }, (_, i) => changed(`src/${String(i).padStart(3, '0')}.go`));
    const [group] = reviewGroups(many, nothingRead);
    expect(group?.pages.map(({ label }) => label)).toEqual(['1–40 of 100', '41–80 of 100', '81–100 of 100']);
    expect(group?.pages.flatMap((page) => page.files.map(({ file }) => file))).toEqual(many);
    expect(reviewGroups(many.slice(0, 40), nothingRead)[0]?.pages).toEqual([]);
  });

  it('goes to the next file that is not read, around the end', () => {
    const marks = (...read: string[]): ReviewMarks => ({
      ...nothingRead,
      readOf: ({ path }) => (read.includes(path) ? 'read' : 'unread'),
    });
    const next = (path: string | null, ...read: string[]) =>
      nextUnread(reviewGroups(files, marks(...read)), path)?.file.path;
    expect(next(null)).toBe('go.mod');
    expect(next('go.mod', 'go.mod')).toBe('README.md');
    expect(next('go.sum', 'go.sum', 'go.mod')).toBe('README.md');
    expect(next('go.sum', ...files.map(({ path }) => path))).toBeUndefined();
  });

  it('counts files, those read, and lines', () => {
    expect(describeReview(files, 2)).toBe('2 of 5 files · 15 lines');
    expect(describeReview(files.slice(0, 1), 0)).toBe('1 file · 3 lines');
    expect(describeReview([], 0)).toBe('');
  });

  it('says why there are none', () => {
    const begun = [created(), checkpoint(0)] as const;
    const state = fold([...begun, ...wholeStep(1)]);
    const say = (at = state, files: number | null = 0) => reviewMessage(at, 'attached', files, null);
    const gate: EntryBody[] = [
      { type: 'gate.opened', gate: 1, step: 1, checkpoint: 1, reasons: [] },
      {
        type: 'gate.decided',
        gate: 1,
        decision: 'accept',
        by: 'anna',
        shown: { checkpoint: 1, visibleRate: null, heldOutRate: null, filesChanged: 0, spentUsd: 0 },
      },
    ];
    expect(say(fold([created()]), null)).toBe('The baseline is being taken.');
    expect(say(state, null)).toBe('Looking for changes…');
    expect(say(state, 3)).toBe('');
    expect(say()).toBe('Nothing changed since checkpoint 0.');
    expect(say(fold(gate, state))).toBe('All accepted up to step 1.');
    expect(reviewMessage(state, 'lost', 3, null)).toBe('As last known: the engine does not answer.');
    expect(reviewMessage(state, 'attached', null, 'no disk')).toBe('The changes can’t be listed: no disk');
  });
});

describe('the model of the Review view', () => {
  const state = fold([
    created(),
    checkpoint(0),
    ...wholeStep(1),
    { type: 'gate.opened', gate: 1, step: 1, checkpoint: 1, reasons: [] },
  ]);

  function model(answer: (from: unknown) => readonly ChangedFile[]) {
    const asked: string[] = [];
    const request = (name: string, params: { readonly from?: unknown; readonly side?: unknown }) => {
      asked.push(`${name} ${String(params.from ?? params.side)}`);
      if (name === 'compare') return Promise.resolve({ files: answer(params.from) });
      const text = params.side === 'accepted' ? '' : 'left-pad\n';
      return Promise.resolve({ contentBase64: Buffer.from(text).toString('base64'), mode: '100644' });
    };
    const session = { runId: 'run', state, request: request as unknown as ReviewPorts['session']['request'] };
    return {
      asked,
      session,
      model: new ReviewModel({ session, marks: new ReadMarks(new InMemory()), log: () => undefined }),
    };
  }

  it('asks for the accepted tree, for the supervisor’s edits at a gate, and for what is new in lists of dependencies', async () => {
    const requirements = changed('requirements.txt');
    const { model: review, asked } = model((from) =>
      from === 'accepted' ? [changed('a.go'), requirements] : [changed('a.go')],
    );
    await review.ask();
    expect(asked).toEqual(['compare accepted', 'compare 1', 'readFileAt accepted', 'readFileAt workspace']);
    expect(review.rows.map(({ file, why, edited }) => [file.path, why, edited])).toEqual([
      ['requirements.txt', 'new dependency: left-pad', false],
      ['a.go', null, true],
    ]);
  });

  it('shows thousands of names at once, and their lines as they are counted', async () => {
    const paths = Array.from({ length: 450 }, (_, i) => `f${String(i).padStart(3, '0')}.go`);
    const { model: review, session } = model(() => []);
    const uncounted = (path: string): ChangedFile => ({ ...changed(path), uncounted: true });
    const slices: number[] = [];
    const shown: number[] = [];
    session.request = ((_name: string, params: { from: unknown; paths?: readonly string[] }) => {
      if (params.from !== 'accepted') return Promise.resolve({ files: [] });
      if (params.paths === undefined) return Promise.resolve({ files: paths.map(uncounted) });
      slices.push(params.paths.length);
      shown.push(review.rows.length);
      // One of them became as it was accepted meanwhile.
      const files = params.paths.filter((path) => path !== 'f007.go').map((path) => changed(path, { added: 7 }));
      return Promise.resolve({ files });
    }) as unknown as ReviewPorts['session']['request'];
    await review.ask();
    expect(slices).toEqual([200, 200, 50]);
    expect(shown).toEqual([450, 449, 449]);
    expect(review.rows.some(({ file }) => file.uncounted === true)).toBe(false);
    expect([review.rows.length, review.rows[0]?.file.added]).toEqual([449, 7]);
  });

  it('unticks when the bytes change, and keeps the list when the engine does not answer', async () => {
    let version = 'file 644 1';
    const { model: review, session } = model((from) => {
      if (version === '') throw new Error('the engine is gone');
      return from === 'accepted' ? [changed('a.go', { version })] : [];
    });
    await review.ask();
    await review.mark(review.rows, true);
    expect([review.unread, review.rows[0]?.group]).toEqual([0, 'changed']);
    await review.ask();
    expect(review.rows[0]?.group).toBe('read');
    version = 'file 644 2';
    await review.ask();
    expect(review.rows.map(({ read, group }) => [read, group])).toEqual([['changed', 'changed']]);
    version = '';
    await review.ask();
    expect([review.problem, review.rows.length]).toEqual(['the engine is gone', 1]);
    session.runId = 'another';
    expect([review.review, review.unread, review.groups]).toEqual([null, null, []]);
  });
});

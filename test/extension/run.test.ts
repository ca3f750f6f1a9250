// A window with a run: over a real socket to an engine without a loop, whose answers this test writes.

import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { Exports } from '../../src/extension/extension.ts';
import type { ReviewNode } from '../../src/extension/review/reviewList.ts';
import type { Handlers } from '../../src/engine/server.ts';
import { runFolder, startFile } from '../../src/protocol/places.ts';
import { RequestRefused } from '../../src/protocol/refused.ts';
import { checkpoint, created, verified, wholeStep } from '../unit/run/builders.ts';
import { TinyEngine } from '../unit/server/tinyEngine.ts';
import { activated, stateFolder, until } from './window.ts';

const runId = '20261123-0640-7f3a';
const before0 = 'one\ntwo\n';

describe('a window with a run', () => {
  let belay: Exports;
  let engine: TinyEngine;
  let workspace: string;
  let folder: vscode.Uri;

  before(async () => {
    belay = await activated();
    const first = vscode.workspace.workspaceFolders?.[0]?.uri;
    ok(first);
    folder = first;
    workspace = realpathSync(first.fsPath);
    writeFileSync(join(workspace, 'a.txt'), 'one\n2\n');
    writeFileSync(join(workspace, 'new.txt'), 'new\n');
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await engine.server.goodbye('over');
  });

  it('shows empty trees before there is a run', () => {
    const { review, checkpoints, session } = belay.parts;
    deepStrictEqual([review.getChildren(), checkpoints.getChildren(), session.connection.kind], [[], [], 'none']);
  });

  it('attaches to a run of its folder and starts no engine', async () => {
    const run = runFolder(stateFolder(), runId);
    mkdirSync(run, { recursive: true });
    writeFileSync(startFile(run), JSON.stringify({ runId, workspace, taskFile: join(workspace, 'belay.json') }));
    engine = new TinyEngine(run);
    await engine.start({ handlers: handlers(engine) });
    const facts = { ...created(), runId, workspace };
    for (const body of [
      facts,
      { type: 'engine.started', pid: 1, generation: 1 } as const,
      checkpoint(0),
      ...wholeStep(1),
    ]) {
      engine.publish(body);
    }
    await belay.look();
    const { session } = belay.parts;
    deepStrictEqual([session.connection.kind, session.runId], ['attached', runId]);
    // As text: the window's bundle has classes of its own.
    strictEqual(JSON.stringify(session.state), JSON.stringify(engine.state));
  });

  it('lists checkpoints by day, and the accepted one', () => {
    const { checkpoints } = belay.parts;
    const groups = checkpoints.getChildren();
    deepStrictEqual(
      groups.map((group) => group.label),
      ['Thu, 1 Jan 1970', 'Accepted'],
    );
    const [row] = groups[0] === undefined ? [] : checkpoints.getChildren(groups[0]);
    ok(row);
    const item = checkpoints.getTreeItem(row);
    deepStrictEqual([item.label, item.contextValue], ['1  checkpoint 1', 'checkpoint previous']);
  });

  it('G1: an open gate fills the Review tree with what differs from the accepted tree', async () => {
    const { review, changes } = belay.parts;
    const listed = until(() => changes.review !== null, changes.onChanged);
    engine.publish({
      type: 'gate.opened',
      gate: 1,
      step: 1,
      checkpoint: 1,
      reasons: [{ kind: 'steps', text: '1 step since the last gate' }],
    });
    await listed;
    const drawn = (node: ReviewNode) => {
      const { label, description, contextValue, checkboxState } = review.getTreeItem(node);
      return [label, description, contextValue, ...(checkboxState === undefined ? [] : [isTicked(checkboxState)])];
    };
    deepStrictEqual(review.getChildren().map(drawn), [
      ['Look first (1)', undefined, 'group'],
      ['Changed files (2)', undefined, 'group'],
    ]);
    deepStrictEqual(
      review.getChildren().flatMap((group) => review.getChildren(group).map(drawn)),
      [
        ['gone.txt', 'deleted  +0 −1', 'file deleted', false],
        ['a.txt', '+1 −1', 'file modified', false],
        ['new.txt', '+1 −0', 'file added', false],
      ],
    );
    deepStrictEqual(
      engine.asked.filter(({ method }) => method === 'compare').map(({ params }) => params),
      [
        { from: 'accepted', to: 'workspace' },
        { from: 1, to: 'workspace' },
      ],
    );
  });

  it('opens a row as VS Code’s own diff, the accepted side by an immutable address', async () => {
    const { review } = belay.parts;
    const [row] = review.getChildren(review.getChildren()[1]);
    await vscode.commands.executeCommand('belay.openDiff', row);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    ok(input instanceof vscode.TabInputTextDiff);
    deepStrictEqual(
      [input.original.scheme, input.original.path, input.original.query, input.modified.query],
      // While the gate stands its checkpoint is on the right: what is decided does not move.
      ['belay-checkpoint', `${folder.path}/a.txt`, `run=${runId}&checkpoint=0`, `run=${runId}&checkpoint=1`],
    );
    strictEqual((await vscode.workspace.openTextDocument(input.original)).getText(), before0);
  });

  it('opens all of them in one editor', async () => {
    await vscode.commands.executeCommand('belay.openAllDiffs');
    const tabs = () => vscode.window.tabGroups.activeTabGroup.tabs.map(({ label }) => label).join('\n');
    await until(() => tabs().includes('Gate at step 1'), vscode.window.tabGroups.onDidChangeTabs);
    match(tabs(), /Gate at step 1 \(3 files\)/);
  });

  it('marks a file as read, which accepts nothing, and accepts what is marked, in the version that was shown', async () => {
    const { review, changes } = belay.parts;
    const [row] = changes.rows.filter(({ file }) => file.path === 'a.txt');
    ok(row);
    await vscode.commands.executeCommand('belay.markRead', row);
    deepStrictEqual([changes.unread, changes.rows.find(({ file }) => file.path === 'a.txt')?.read], [2, 'read']);
    ok(engine.asked.every(({ method }) => method !== 'acceptFiles'));
    await vscode.commands.executeCommand('belay.acceptReviewed');
    const asked = engine.asked.filter(({ method }) => method === 'acceptFiles').map(({ params }) => params);
    const shown = { checkpoint: 1, visibleRate: null, heldOutRate: null, filesChanged: 3, spentUsd: 0.1 };
    deepStrictEqual(asked, [{ files: [{ path: 'a.txt', version: 'file 644 1' }], shown }]);
    const group = review.getParent(row);
    ok(group?.kind === 'group');
    await vscode.commands.executeCommand('belay.acceptFile', group.files[0], group.files);
    strictEqual(engine.asked.filter(({ method }) => method === 'acceptFiles').length, 2);
    await vscode.commands.executeCommand('belay.markUnread', row);
    strictEqual(changes.unread, 3);
  });

  it('C4: serves checkpoints read-only, and only those of its run', async () => {
    const uri = vscode.Uri.from({
      scheme: 'belay-checkpoint',
      path: `${folder.path}/a.txt`,
      query: `run=${runId}&checkpoint=0`,
    });
    await rejects(async () => vscode.workspace.fs.writeFile(uri, Buffer.from('x')));
    await rejects(async () => vscode.workspace.fs.readFile(uri.with({ query: 'run=other&checkpoint=0' })), /run other/);
    await rejects(async () => vscode.workspace.fs.readFile(uri.with({ path: '/elsewhere/a.txt' })));
    await rejects(
      async () => vscode.workspace.fs.readFile(uri.with({ path: `${folder.path}/new.txt` })),
      vscode.FileSystemError,
    );
    const asked = engine.asked.filter(({ method }) => method === 'readFileAt').length;
    await vscode.workspace.fs.readFile(uri);
    strictEqual(
      engine.asked.filter(({ method }) => method === 'readFileAt').length,
      asked,
      'immutable bytes are asked for once',
    );
  });

  it('opens a prompt and an output as documents that can only be read', async () => {
    await belay.parts.documents.openPrompt(1);
    strictEqual(vscode.window.activeTextEditor?.document.getText(), '{\n  "messages": []\n}');
    await belay.parts.documents.openOutput(1, 'call-1');
    strictEqual(vscode.window.activeTextEditor.document.getText(), 'the whole output');
  });

  it('S3: reports unsaved editors and saved files, when they change', async () => {
    const reports = () => engine.asked.filter(({ method }) => method === 'reportEditors').map(({ params }) => params);
    const reported = (count: number) => untilAsked(engine, () => reports().length >= count);
    const first = reports().length;
    const editor = await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, 'a.txt'));
    await editor.edit((edit) => {
      edit.insert(new vscode.Position(0, 0), 'x');
    });
    await reported(first + 1);
    await editor.edit((edit) => {
      edit.insert(new vscode.Position(0, 0), 'y');
    });
    await editor.document.save();
    await reported(first + 2);
    deepStrictEqual(reports().slice(first), [
      { dirty: ['a.txt'], saved: [] },
      { dirty: [], saved: ['a.txt'] },
    ]);
  });

  it('asks what a command says, and shows the refusal of what cannot be', async () => {
    await vscode.commands.executeCommand('belay.resume');
    await vscode.commands.executeCommand('belay.undoRollback');
    deepStrictEqual(
      engine.asked.slice(-2).map(({ method }) => method),
      ['resume', 'undoRollback'],
    );
    match(engine.asked.at(-1)?.client ?? '', /@.* \(window\)$/);
    await vscode.commands.executeCommand('belay.pause'); // refused by the engine: the command tells and does not throw
  });

  it('H1: shows the visible cases in the Test Explorer when asked, and runs those again that are asked for', async () => {
    const { testExplorer } = belay.parts;
    deepStrictEqual([testExplorer.given], [null]);
    mkdirSync(join(workspace, 'tests'));
    writeFileSync(join(workspace, 'tests', 'visible.jsonl'), '{"id":"jan"}\n{"id":"feb"}\n{"id":"first"}\n');
    await vscode.commands.executeCommand('belay.showVerdicts');
    const drawn = () =>
      [...(testExplorer.given?.controller.items ?? [])].map(([, group]) => [
        group.label,
        [...group.children].map(([, { id, description, uri, range, tags }]) => [
          id,
          description,
          uri?.path.split('/').at(-1),
          range?.start.line,
          tags.map((tag) => tag.id),
        ]),
      ]);
    deepStrictEqual(drawn(), [
      [
        'month',
        [
          ['jan', undefined, 'visible.jsonl', 0, ['month']],
          ['feb', 'compared: json', 'visible.jsonl', 1, ['month', 'short']],
        ],
      ],
      ['No tag', [['first', undefined, 'visible.jsonl', 2, []]]],
    ]);
    const asked = (method: string) => engine.asked.filter((one) => one.method === method).map(({ params }) => params);
    const listings = asked('visibleCases').length;
    const { token } = new vscode.CancellationTokenSource();
    await testExplorer.given?.profile.runHandler(new vscode.TestRunRequest(), token);
    deepStrictEqual(asked('tryCases'), [{ ids: ['jan', 'feb', 'first'] }]);
    engine.publish(verified(1, 1, 2, { suite: 'heldOut' }));
    engine.publish(verified(1, 1, 3));
    await untilAsked(engine, () => asked('visibleCases').length > listings);
    await vscode.commands.executeCommand('belay.hideVerdicts');
    deepStrictEqual([testExplorer.given, asked('visibleCases').length], [null, listings + 1]);
  });

  it('follows the run to its end and stays on screen', async () => {
    const { session, checkpoints } = belay.parts;
    engine.publish({ type: 'run.ended', outcome: 'finished', message: 'accepted by the supervisor' });
    await until(() => session.state?.ended?.outcome === 'finished', session.onChanged);
    await engine.server.goodbye('the run has ended');
    await until(() => session.connection.kind === 'readOnly', session.onChanged);
    strictEqual(checkpoints.getChildren().length, 3);
    engine = await new TinyEngine(engine.run, engine.entries).start(); // for the end of this suite
  });
});

function isTicked(checkbox: NonNullable<vscode.TreeItem['checkboxState']>): boolean {
  return (typeof checkbox === 'number' ? checkbox : checkbox.state) === vscode.TreeItemCheckboxState.Checked;
}

/** The server's answers are no event; it is looked at each turn. */
async function untilAsked(engine: TinyEngine, condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
  ok(engine.asked.length > 0);
}

/** Answers a little and keeps what it was asked. */
function handlers(engine: TinyEngine): Handlers {
  const base = { binary: false, beforeBytes: 8, afterBytes: 6, version: 'file 644 1' };
  const files = [
    { ...base, path: 'a.txt', change: 'modified', added: 1, removed: 1 },
    { ...base, path: 'gone.txt', change: 'deleted', afterBytes: null, version: null, added: 0, removed: 1 },
    { ...base, path: 'new.txt', change: 'added', beforeBytes: null, added: 1, removed: 0 },
  ] as const;
  const answers: Partial<Handlers> = {
    compare: ({ from }) => Promise.resolve({ files: from === 'accepted' ? files : [] }),
    readFileAt: ({ path, side }) => {
      const content = path === 'new.txt' && side === 0 ? null : Buffer.from(before0).toString('base64');
      return Promise.resolve({ contentBase64: content, mode: content === null ? null : '100644' });
    },
    visibleCases: () =>
      Promise.resolve({
        checkpoint: 1,
        before: null,
        file: join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', 'tests', 'visible.jsonl'),
        cases: [
          { id: 'jan', tags: ['month'], verdict: 'pass' },
          { id: 'feb', tags: ['month', 'short'], compare: 'json', verdict: 'fail' },
          { id: 'first', tags: [], verdict: null },
        ],
      }),
    tryCases: ({ ids }) =>
      Promise.resolve({
        checkpoint: 1,
        cases: ids.map((id) => ({ id, verdict: 'fail', wallMs: 3, detail: 'it differs', expected: 'a', actual: 'b' })),
      }),
    pause: () => Promise.reject(new RequestRefused('The run has ended')),
    readPrompt: () => Promise.resolve({ text: '{"messages":[]}' }),
    readOutput: () => Promise.resolve({ text: 'the whole output' }),
  };
  return new Proxy(answers as Handlers, {
    get: (target, method: keyof Handlers) => (params: never, client: string) => {
      engine.asked.push({ method, params, client });
      const answer = target[method] as unknown as ((params: never, client: string) => Promise<never>) | undefined;
      return answer === undefined ? Promise.resolve(null) : answer(params, client);
    },
  });
}

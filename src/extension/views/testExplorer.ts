/**
 * Job: the visible cases in VS Code's Test Explorer: verdicts of the newest verification, what is expected against what came
 *   out, and running some of them again.
 * Boundary: nothing is there until the supervisor asks: at 88 % its badge would be red for a week. The engine runs the cases.
 * Rules: H1 it asks for visible cases, and the engine answers with no other.
 */
import * as vscode from 'vscode';
import { messageOf } from '../../base/assert.ts';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import type { Tried, VisibleCase, VisibleCases } from '../../protocol/messages.ts';
import { caseGroups, failureWords, linesOfCases, outputWords, verdictWords } from '../caseWords.ts';
import type { RunSession } from '../runSession.ts';

/** So many at a time, so that verdicts come in and a cancellation is heeded. */
const casesPerRequest = 20;

export interface TestExplorerPorts {
  readonly session: RunSession;
  readonly log: (line: string) => void;
}

export class TestExplorer implements Disposable {
  private readonly ports: TestExplorerPorts;
  private shown: ShownCases | null = null;

  constructor(ports: TestExplorerPorts) {
    this.ports = ports;
  }

  /** What VS Code was given while the cases are shown, for tests. */
  get given(): { readonly controller: vscode.TestController; readonly profile: vscode.TestRunProfile } | null {
    return this.shown;
  }

  /** Fills the Test Explorer, or fills it anew. Rejects with a message for a person. */
  async show(): Promise<void> {
    const listed = await this.ports.session.request('visibleCases', {});
    this.shown ??= new ShownCases(this.ports);
    await this.shown.fill(listed);
    await vscode.commands.executeCommand('setContext', 'belay.verdictsShown', true);
    await vscode.commands.executeCommand('workbench.view.testing.focus');
  }

  async hide(): Promise<void> {
    this.shown?.dispose();
    this.shown = null;
    await vscode.commands.executeCommand('setContext', 'belay.verdictsShown', false);
  }

  dispose(): void {
    this.shown?.dispose();
  }
}

class ShownCases implements Disposable {
  readonly controller: vscode.TestController;
  readonly profile: vscode.TestRunProfile;
  private readonly ports: TestExplorerPorts;
  private readonly store = new DisposableStore();
  private readonly cases = new Map<string, vscode.TestItem>();
  private checkpoint: number | null = null;

  constructor(ports: TestExplorerPorts) {
    this.ports = ports;
    const { session } = ports;
    this.controller = this.store.add(vscode.tests.createTestController('belay.verdicts', 'Belay'));
    this.controller.refreshHandler = () => this.refresh();
    this.profile = this.controller.createRunProfile(
      'Run',
      vscode.TestRunProfileKind.Run,
      (asked, token) => this.run(asked, token),
      true,
    );
    this.store.add(session.onReplaced(() => void this.refresh()));
    this.store.add(
      session.onEntry((entry) => {
        if (entry.type === 'verification.finished' && entry.suite === 'visible') void this.refresh();
      }),
    );
  }

  async fill(listed: VisibleCases): Promise<void> {
    const places = await placesOf(listed);
    this.cases.clear();
    const groups = caseGroups(listed.cases).map(({ label, cases }) => {
      const group = this.controller.createTestItem(`tag ${label}`, label);
      group.children.replace(cases.map((one) => this.itemOf(one, places)));
      return group;
    });
    this.controller.items.replace(groups);
    this.checkpoint = listed.checkpoint;
    this.tellVerdicts(listed);
  }

  dispose(): void {
    this.store.dispose();
  }

  private async refresh(): Promise<void> {
    try {
      await this.fill(await this.ports.session.request('visibleCases', {}));
    } catch (error) {
      this.ports.log(`the Test Explorer keeps what it shows: ${messageOf(error)}`); // such as an engine that is gone
    }
  }

  private itemOf(one: VisibleCase, { file, lines }: Places): vscode.TestItem {
    const line = lines.get(one.id);
    const item = this.controller.createTestItem(one.id, one.id, line === undefined ? undefined : file);
    if (line !== undefined) item.range = new vscode.Range(line, 0, line, 0);
    item.tags = one.tags.map((tag) => new vscode.TestTag(tag));
    if (one.compare !== undefined && one.compare !== 'exact') item.description = `compared: ${one.compare}`;
    this.cases.set(one.id, item);
    return item;
  }

  private tellVerdicts({ checkpoint, cases }: VisibleCases): void {
    const known = cases.filter(({ verdict }) => verdict !== null);
    if (checkpoint === null || known.length === 0) return;
    const name = `Belay: checkpoint ${String(checkpoint)}`;
    const run = this.controller.createTestRun(new vscode.TestRunRequest(), name, false);
    for (const one of known) {
      const item = this.cases.get(one.id);
      if (item === undefined) continue;
      if (one.verdict === 'pass') run.passed(item);
      else tellFailed(run, item, one.verdict, new vscode.TestMessage(verdictWords(one, checkpoint)));
    }
    run.end();
  }

  private async run(asked: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const items = this.itemsOf(asked);
    const run = this.controller.createTestRun(asked, 'Belay: newest checkpoint', false);
    for (const item of items) run.enqueued(item);
    try {
      for (let at = 0; at < items.length && !token.isCancellationRequested; at += casesPerRequest)
        await this.runSome(run, items.slice(at, at + casesPerRequest));
    } finally {
      run.end();
    }
  }

  private async runSome(run: vscode.TestRun, items: readonly vscode.TestItem[]): Promise<void> {
    for (const item of items) run.started(item);
    try {
      const { checkpoint, cases } = await this.ports.session.request('tryCases', { ids: items.map(({ id }) => id) });
      for (const tried of cases) {
        const item = this.cases.get(tried.id);
        if (item !== undefined) tellTried(run, item, tried, checkpoint);
      }
    } catch (error) {
      for (const item of items) run.errored(item, new vscode.TestMessage(messageOf(error)));
    }
  }

  /** The cases that were asked for, without those left out. */
  private itemsOf({ include, exclude }: vscode.TestRunRequest): readonly vscode.TestItem[] {
    const left = new Set(exclude?.flatMap(casesIn));
    const asked = include === undefined ? [...this.cases.values()] : include.flatMap(casesIn);
    return [...new Set(asked)].filter((item) => !left.has(item));
  }
}

/** The item itself, or the cases of a group. */
function casesIn(item: vscode.TestItem): vscode.TestItem[] {
  return item.children.size === 0 ? [item] : [...item.children].map(([, child]) => child);
}

function tellTried(run: vscode.TestRun, item: vscode.TestItem, tried: Tried, checkpoint: number): void {
  run.appendOutput(`${outputWords(tried)}\n`.replaceAll('\n', '\r\n'), undefined, item);
  if (tried.verdict === 'pass') {
    run.passed(item, tried.wallMs);
    return;
  }
  const words = failureWords(tried, checkpoint);
  const { expected = '', actual = '' } = tried;
  const message =
    expected === '' && actual === '' ? new vscode.TestMessage(words) : vscode.TestMessage.diff(words, expected, actual);
  tellFailed(run, item, tried.verdict, message, tried.wallMs);
}

function tellFailed(
  run: vscode.TestRun,
  item: vscode.TestItem,
  verdict: VisibleCase['verdict'],
  message: vscode.TestMessage,
  wallMs?: number,
): void {
  if (item.uri !== undefined && item.range !== undefined) message.location = new vscode.Location(item.uri, item.range);
  if (verdict === 'fail' || verdict === 'flaky') run.failed(item, message, wallMs);
  else run.errored(item, message, wallMs);
}

interface Places {
  readonly file: vscode.Uri | undefined;
  readonly lines: ReadonlyMap<string, number>;
}

/** Where the cases stand in the folder's own suite file; nowhere when it can't be read. */
async function placesOf({ file }: VisibleCases): Promise<Places> {
  const none = { file: undefined, lines: new Map<string, number>() };
  if (file === null) return none;
  try {
    const uri = vscode.Uri.file(file);
    return { file: uri, lines: linesOfCases(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8')) };
  } catch {
    return none; // moved or deleted since; the cases are those of the sealed copy anyway
  }
}

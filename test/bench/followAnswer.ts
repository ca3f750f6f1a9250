/**
 * Job: follow one model answer from the provider to the Run webview of a real VS Code window, and count the hops.
 * Boundary: watches the boundaries from outside (a tap on the model's wire, the journal's file, a tap on the engine's
 *   socket, the window's session, the message events of the page); nothing of Belay is replaced.
 *
 * A hop is one handing on of the whole answer at one of the five boundaries below; a second carrier of it at a boundary, or
 * an entry that reads otherwise than in the journal (somebody translated it), is one hop more.
 */
import { globSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunConnection } from '../../src/client/connection.ts';
import { engineFile, type EngineRecord } from '../../src/protocol/places.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import type { Answer } from '../cmark/policy.ts';
import { modelKey, type Scene, type StartedEngine } from './scene.ts';
import { rpcMessages, streamedEvents, tap, type Tap } from './tap.ts';
import { withWindows } from './window.ts';

/** In the order in which an answer comes by. */
export const boundaries = ['model', 'journal', 'socket', 'host', 'webview'] as const;
export type Boundary = (typeof boundaries)[number];

export interface Carrier {
  readonly at: Boundary;
  /** What carries the whole answer there: the answer's text on the model's wire, an entry's JSON from the journal on. */
  readonly carried: string;
}

export interface Hops {
  readonly hops: number;
  /** Where the entry is another than the journal's. */
  readonly translatedAt: readonly Boundary[];
}

/** Fails when the answer was not seen at a boundary: then the road is not the one that is counted. */
export function hopsOf(carriers: readonly Carrier[]): Hops {
  for (const boundary of boundaries) {
    if (!carriers.some(({ at }) => at === boundary))
      throw new Error(`the answer was not seen at the boundary "${boundary}"`);
  }
  const entry = carriers.find(({ at }) => at === 'journal')?.carried;
  const translatedAt = carriers.filter(({ at, carried }) => at !== 'model' && carried !== entry).map(({ at }) => at);
  return { hops: carriers.length + translatedAt.length, translatedAt };
}

export const answerText = [
  'The letters become capitals with one small program.',
  'It reads standard input as “bytes” and maps a–z to A–Z, so that nothing else changes – not even <tags> & "quotes".',
  'After that every visible case should pass, and there is nothing left to write.',
].join('\n\n');

/** One step that writes the candidate; then it finishes. */
function answer(messages: readonly { readonly role: string }[]): Answer {
  return messages.some(({ role }) => role === 'assistant')
    ? { text: 'Done.', toolCalls: [{ name: 'finish', args: { summary: 'all is done' } }] }
    : { text: answerText, toolCalls: [{ name: 'write_file', args: { path: 'upper.sh', content: 'tr a-z A-Z\n' } }] };
}

/** Every carrier of the one answer, boundary by boundary. The scene's extension must have been built. */
export async function followAnswer(scene: Scene): Promise<readonly Carrier[]> {
  const windowReady = Promise.withResolvers<undefined>();
  const model = await ModelServer.start({ key: modelKey, answer, beforeChunk: () => windowReady.promise });
  const taps: Tap[] = [];
  try {
    const wire = await tap(
      { port: 0, host: '127.0.0.1' },
      { port: Number(new URL(model.url).port), host: '127.0.0.1' },
    );
    taps.push(wire);
    const workspace = scene.tinyWorkspace('followed', `http://127.0.0.1:${wire.port}/v1`);
    const engine = await scene.startEngine(workspace);
    // Attached before the tap is there, so that on the tap there is the window alone.
    const client = await RunConnection.open({ run: engine.run, client: 'bench' });
    const socket = await tapEngine(scene, engine);
    taps.push(socket);
    const atWindow = await withWindows(scene, workspace.dir, async (windows) => {
      const { workbench, activation } = await windows.open();
      if (activation.connection !== 'attached')
        throw new Error(`the window is "${activation.connection}", not attached to the run`);
      await workbench.openContainer('Belay');
      const page = await workbench.webview('run');
      await page.evaluate(listen);
      windowReady.resolve(undefined);
      await client.request('provideKey', { key: modelKey });
      await client.until(({ stepsFinished }) => stepsFinished >= 1);
      // The page has folded it: the step's title is the answer's first sentence.
      const title = answerText.slice(0, answerText.indexOf('.'));
      await page.locator('belay-step', { hasText: title }).first().waitFor();
      const heard = await page.evaluate(() => (globalThis as unknown as Listening).belayHeard);
      return { heard, told: linesOf(globSync(join(windows.notes, 'told-*.jsonl'))) };
    });
    const journal = linesOf(globSync(join(engine.run, 'journal', '*.jsonl'))).map((line) =>
      line.slice(0, line.indexOf('\t')),
    );
    client.dispose();
    await engine.stop();
    const text = JSON.stringify(answerText).slice(1, -1);
    const entries = (at: Boundary, messages: readonly string[], entryOf: (message: string) => string): Carrier[] =>
      messages.filter((message) => message.includes(text)).map((message) => ({ at, carried: entryOf(message) }));
    const carriers: Carrier[] = [
      ...wire
        .said()
        .flatMap(answersIn)
        .filter((said) => said.includes(answerText))
        .map((carried) => ({ at: 'model' as const, carried })),
      ...entries('journal', journal, (line) => line),
      ...entries('socket', socket.said().flatMap(rpcMessages), notifiedEntry),
      ...entries('host', atWindow.told, (line) => line),
      ...entries('webview', atWindow.heard, postedEntry),
    ];
    return carriers;
  } finally {
    windowReady.resolve(undefined);
    for (const one of taps) one.close();
    await model.stop();
  }
}

/** Has every client that looks the engine up come by the tap. */
async function tapEngine(scene: Scene, { run }: StartedEngine): Promise<Tap> {
  const file = engineFile(run);
  const record = JSON.parse(readFileSync(file, 'utf8')) as EngineRecord;
  const path = join(scene.folder, 'tap.sock');
  const tapped = await tap({ path }, { path: record.socket });
  writeFileSync(`${file}.tapped`, JSON.stringify({ ...record, socket: path }), { mode: 0o600 });
  renameSync(`${file}.tapped`, file);
  return tapped;
}

interface Listening {
  belayHeard: string[];
}

/** Runs in the page. */
function listen(): void {
  const page = globalThis as unknown as Listening;
  page.belayHeard = [];
  window.addEventListener('message', (event: MessageEvent<unknown>) =>
    page.belayHeard.push(JSON.stringify(event.data)),
  );
}

function linesOf(files: readonly string[]): readonly string[] {
  return files.toSorted().flatMap((file) => readFileSync(file, 'utf8').split('\n'));
}

/** The texts that the model said on one connection. */
function answersIn(stream: Buffer): readonly string[] {
  const texts = new Map<string, string>();
  for (const event of streamedEvents(stream)) {
    const { id, choices } = JSON.parse(event) as { id: string; choices: readonly { delta: { content?: string } }[] };
    texts.set(id, (texts.get(id) ?? '') + (choices[0]?.delta.content ?? ''));
  }
  return [...texts.values()];
}

/** The parameters of a notification as they stand on the wire, byte by byte; the whole message when it is none of an entry. */
function notifiedEntry(message: string): string {
  return /^\{"jsonrpc":"2\.0","method":"entry","params":(\{.*\})\}$/s.exec(message)?.[1] ?? message;
}

function postedEntry(message: string): string {
  const posted = JSON.parse(message) as { type?: string; entry?: unknown };
  return posted.type === 'entry' ? JSON.stringify(posted.entry) : message;
}

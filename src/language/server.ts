/**
 * Job: the language server: for every open `belay.json` the findings that a schema can't say, kept current while it is
 *   edited and while the files that it names change.
 * Boundary: wiring; holds no run and no state but what is open. One process per client, over IPC or stdio; it ends with
 *   its client. What is asked of the machine is read-only (disk.ts, models.ts).
 */
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createConnection,
  DiagnosticSeverity,
  ProposedFeatures,
  TextDocuments,
  TextDocumentSyncKind,
  type Diagnostic,
  type InitializeParams,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { z } from 'zod';
import { messageOf } from '../base/assert.ts';
import { trustedNotification, type LanguageServerOptions } from '../protocol/languageServer.ts';
import { diagnose, type Finding, type Machine } from './diagnose.ts';
import { createSuiteReader, diskPort } from './disk.ts';
import { createModelLists } from './models.ts';
import { Watching } from './watching.ts';

/** A pause in typing. */
const pauseMs = 250;

const optionsSchema = z.object({ jsonFeatures: z.boolean().default(false), trusted: z.boolean().default(false) });

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
} as const;

interface Open {
  /** Rises with each check that is asked for: an older one has nothing to say any more. */
  generation: number;
  timer: NodeJS.Timeout | null;
  watched: readonly string[];
}

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);
const opened = new Map<string, Open>();
const suites = createSuiteReader();
const models = createModelLists(() => performance.now());
let options: LanguageServerOptions = { jsonFeatures: false, trusted: false };
let watching: Watching | null = null;

connection.onInitialize(({ initializationOptions, capabilities }: InitializeParams) => {
  const given = optionsSchema.safeParse(initializationOptions ?? {});
  if (given.success) options = given.data;
  else connection.console.warn(`the client's options are not understood: ${z.prettifyError(given.error)}`);
  const watch = capabilities.workspace?.didChangeWatchedFiles;
  if (watch?.dynamicRegistration === true && watch.relativePatternSupport === true)
    watching = new Watching(connection, checkAll);
  return {
    serverInfo: { name: 'Belay Language Server' },
    capabilities: { textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true } },
  };
});

connection.onNotification(trustedNotification, () => {
  options = { ...options, trusted: true };
  checkAll();
});
connection.onDidChangeWatchedFiles(checkAll);

// An opened document tells of a change at once.
documents.onDidChangeContent(({ document: { uri } }) => {
  const known = opened.has(uri);
  if (!known) opened.set(uri, { generation: 0, timer: null, watched: [] });
  schedule(uri, known ? pauseMs : 0);
});
documents.onDidSave(({ document }) => {
  schedule(document.uri, 0);
});
documents.onDidClose(({ document: { uri } }) => {
  const open = opened.get(uri);
  if (open?.timer) clearTimeout(open.timer);
  opened.delete(uri);
  watchNamed();
  void connection.sendDiagnostics({ uri, diagnostics: [] });
});

documents.listen(connection);
connection.listen();

function checkAll(): void {
  for (const uri of opened.keys()) schedule(uri, pauseMs);
}

/** Checks after a pause; what was asked for before and has not been told yet is dropped. */
function schedule(uri: string, delayMs: number): void {
  const open = opened.get(uri);
  if (open === undefined) return;
  open.generation += 1;
  if (open.timer !== null) clearTimeout(open.timer);
  open.timer = setTimeout(() => {
    open.timer = null;
    check(uri, open).catch((error: unknown) => {
      connection.console.error(`${uri} was not checked: ${messageOf(error)}`);
    });
  }, delayMs);
}

async function check(uri: string, open: Open): Promise<void> {
  const document = documents.get(uri);
  if (document === undefined) return;
  const { generation } = open;
  const { findings, watched } = await diagnose(document.getText(), {
    machine: machineFor(uri),
    jsonFeatures: options.jsonFeatures,
  });
  if (open.generation !== generation || opened.get(uri) !== open) return;
  open.watched = watched;
  watchNamed();
  await connection.sendDiagnostics({
    uri,
    version: document.version,
    diagnostics: findings.map((finding) => diagnosticOf(finding, document)),
  });
}

function watchNamed(): void {
  watching?.set([...opened.values()].flatMap(({ watched }) => watched));
}

/** What may be asked for a document; null for one that is on no disk. */
function machineFor(uri: string): Machine | null {
  if (!uri.startsWith('file:')) return null;
  const cutSuites = new Set<string>();
  const silentEndpoints = new Set<string>();
  const place = { folder: dirname(fileURLToPath(uri)), home: homedir(), searchPath: process.env['PATH'] ?? '' };
  const disk = diskPort(place, suites, (absolute) => {
    cutSuites.add(absolute);
  });
  const listModels = async (baseUrl: string): Promise<readonly string[] | null> => {
    const listed = await models.list(baseUrl);
    if (listed?.silent !== true) return listed?.models ?? null;
    silentEndpoints.add(baseUrl);
    return null;
  };
  // In a folder that is not trusted nothing that it says makes a request.
  return { port: options.trusted ? { ...disk, models: listModels } : disk, cutSuites, silentEndpoints };
}

function diagnosticOf({ start, end, message, severity, related }: Finding, document: TextDocument): Diagnostic {
  return {
    range: { start: document.positionAt(start), end: document.positionAt(end) },
    message,
    severity: severities[severity],
    source: 'belay',
    ...(related !== undefined && {
      relatedInformation: [
        {
          location: {
            uri: pathToFileURL(related.file).href,
            range: { start: { line: related.line - 1, character: 0 }, end: { line: related.line, character: 0 } },
          },
          message: `line ${related.line} of the suite`,
        },
      ],
    }),
  };
}

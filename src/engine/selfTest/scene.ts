/**
 * Job: the place of a self-test: what `plant` and `startServices` put around a workspace, and the agent's own tools over a
 * world that is made as for a run.
 * Boundary: everything lies in one folder of its own and ends with it. It changes this process (environment, working
 *   folder), as an engine has such things too: it must have a process to itself.
 * Rules: H2 the world, its sandbox and its tools are the very ones of a run.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join, relative, sep } from 'node:path';
import { assert } from '../../base/assert.ts';
import { quarantineFolder, steeringFile } from '../../protocol/places.ts';
import { parseTask } from '../../run/task.ts';
import type { AgentPorts, ToolFields } from '../agent/tool.ts';
import { perform, prepare } from '../agent/tools.ts';
import { openCheckpointStore } from '../checkpoint/store.ts';
import { probing, shellIn } from '../effects/agentPorts.ts';
import { Shadows } from '../effects/shadows.ts';
import { referenceFiles } from '../sandbox/reference.ts';
import { Steering } from '../workspace/steering.ts';
import { digestOf } from '../workspace/files.ts';
import { makeWorld, type World } from '../world.ts';
import { plant, type Planted } from './plant.ts';
import { startServices, type Services } from './services.ts';
import { scriptWith, type ScriptValues } from './words.ts';

export type ToolAnswer = Pick<ToolFields, 'status' | 'output' | 'exitCode' | 'quarantined'>;

export interface Scene {
  readonly canary: string;
  readonly folder: string;
  readonly planted: Planted;
  readonly world: World;
  /** The held-out file of the run directory, as seen from the workspace. */
  readonly upwards: string;
  /** A command of the agent, by its tool `run`. */
  shell(script: string): Promise<ToolAnswer>;
  tool(name: string, args: Readonly<Record<string, unknown>>): Promise<ToolAnswer>;
  /** Whether the workspace has something of this name. */
  has(path: string): boolean;
}

/** Makes the scene, works in it and takes it away. @throws NoSandbox, SandboxRefused and what the disk says */
export async function inScene<T>(
  signal: AbortSignal,
  work: (scene: Scene) => Promise<T>,
  { searchCopies = true } = {},
): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-self-test-')));
  const closing: (() => void)[] = [
    () => {
      rmSync(folder, { recursive: true, force: true });
    },
  ];
  try {
    return await work(await makeScene(folder, signal, closing, searchCopies));
  } finally {
    for (const close of closing.reverse()) close();
  }
}

async function makeScene(
  folder: string,
  signal: AbortSignal,
  closing: (() => void)[],
  searchCopies: boolean,
): Promise<Scene> {
  const canary = randomBytes(9).toString('hex');
  const reference = await chooseReference();
  const planted = plant(folder, canary, reference);
  const services = await startServices(planted, canary, closing);
  beAnEngine(planted, canary, closing);
  const task = parseTask(JSON.parse(readFileSync(planted.taskFile, 'utf8')));
  assert(task.ok, 'the task of the self-test is well formed');
  const { run, workspace, taskFile } = planted;
  const place = { state: folder, run, workspace, taskFile };
  const world = await makeWorld({ ...place, task: task.task, unsealedAllowed: false, searchCopies });
  const steering = await steeringOf(planted);
  const values = { ...placesOf(planted, canary), ...servicesOf(services), ...referenceValues(reference) };
  return {
    canary,
    folder,
    planted,
    world,
    ...toolsOf(world, steering, await shadowsOf(folder, world), values, signal),
    upwards: relative(workspace, join(run, 'secret')),
  };
}

/** What a real engine has about it, and what must not pass into a sandbox. */
function beAnEngine({ run, home }: Planted, canary: string, closing: (() => void)[]): void {
  const before = process.cwd();
  process.chdir(run);
  closing.push(() => {
    process.chdir(before);
  });
  Object.assign(process.env, { HOME: home, BELAY_API_KEY: canary, SSH_AUTH_SOCK: join(home, 'agent') });
}

interface ChosenReference {
  readonly name: string;
  /** Real path. */
  readonly program: string;
  /** A library that came with it; '' without. */
  readonly library: string;
}

/** Such as print a file that they are given come first, the base system's last: of those only the program is covered. */
const references = ['cmark', 'less', 'jq', 'bc', 'file', 'tree', 'factor'];

async function chooseReference(): Promise<ChosenReference> {
  for (const name of references) {
    const { program, mask } = await referenceFiles([name], { folder: '/', alsoPackage: true, keep: ['sh'] });
    if (program === null || mask.files.length === 0) continue;
    return { name, program, library: mask.files.find((file) => /\.so[.\d]*$/.test(file)) ?? '' };
  }
  throw new Error(`none of ${references.join(', ')} is installed, and one of them has to play the reference`);
}

function steeringOf({ workspace, run }: Planted): Promise<Steering> {
  const saved = () => new Set<string>();
  return Steering.open({ workspace, record: steeringFile(run), quarantine: quarantineFolder(run), saved }, false);
}

/** Made of a checkpoint, as in a run. */
async function shadowsOf(state: string, world: World): Promise<Shadows> {
  const store = await openCheckpointStore({ folder: join(world.run, 'store.git'), workspace: world.workspace });
  const { manifest } = await store.take({ title: 'Before the run', at: 0, parent: null, previous: null });
  const shadows = new Shadows({
    state,
    world,
    store,
    baseline: () => Promise.resolve({ manifest, at: 0 }),
    say: (line) => {
      throw new Error(line);
    },
  });
  await shadows.current();
  store.dispose();
  return shadows;
}

function placesOf({ workspace, run, heldOut, outside, home, tools }: Planted, canary: string): ScriptValues {
  const realHome = userInfo().homedir;
  const inHome = relative(realHome, workspace);
  return {
    WS: workspace,
    RUN: run,
    HELD: heldOut,
    HELD_BYTES: String(statSync(heldOut).size),
    OUTSIDE: outside,
    PLANTED: home,
    TOOLS: tools,
    HOME_OUT: realHome,
    TOP: `/${workspace.split(sep)[1] ?? ''}`,
    TOP_IN_HOME: inHome.startsWith('..') ? '' : (inHome.split(sep)[0] ?? ''),
    KEY_A: canary.slice(0, 4),
    KEY_B: canary.slice(4),
    ENGINE: String(process.pid),
    ENGINE_SUM: `${digestOf(readFileSync('/proc/self/cmdline'))}  -`, // as sha256sum says it
    MACHINE: hostname(),
  };
}

const servicesOf = ({ port, socket, abstract, shm, segment, queue, posixQueue }: Services): ScriptValues => ({
  PORT: String(port),
  SOCKET: socket,
  ABSTRACT: abstract,
  SHM: shm,
  SEGMENT: segment,
  QUEUE: queue,
  POSIX_QUEUE: posixQueue,
});

function referenceValues({ program, library }: ChosenReference): ScriptValues {
  const content = readFileSync(program);
  return {
    REFERENCE: program,
    REFERENCE_SUM: digestOf(content),
    REFERENCE_BYTES: String(content.length),
    LIBRARY: library,
  };
}

function toolsOf(
  world: World,
  steering: Steering,
  shadows: Shadows,
  values: ScriptValues,
  signal: AbortSignal,
): Pick<Scene, 'shell' | 'tool' | 'has'> {
  const { reference } = world.task;
  assert(reference !== undefined, 'the task of the self-test has a reference');
  const ports: AgentPorts = {
    place: world.place,
    runShell: shellIn(world, steering, shadows),
    runVisibleTests: () => Promise.resolve({ ok: false, message: 'a self-test runs no cases' }),
    probeReference: probing(world, reference.command, 0),
    toolOutput: () => Promise.resolve(null),
    dirtyEditors: () => [],
    redactedTask: () => world.redacted,
  };
  const lastRead = new Map<string, string>();
  const context = { ports, lastRead, commandSeconds: 20 };
  const tool: Scene['tool'] = async (name, args) => {
    signal.throwIfAborted();
    const call = { callId: '1', name, argumentsJson: JSON.stringify(args) };
    const prepared = await prepare(call, context);
    if (!prepared.ok) return prepared.outcome.fields;
    const { fields } = await perform(call, context, { signal, onOutput: () => undefined }, prepared.intent);
    if (fields.read) lastRead.set(fields.read.path, fields.read.digest);
    return fields;
  };
  return {
    tool,
    shell: (script) => tool('run', { command: scriptWith(values, process.arch, script) }),
    has: (path) => lstatSync(join(world.workspace, path), { throwIfNoEntry: false }) !== undefined,
  };
}

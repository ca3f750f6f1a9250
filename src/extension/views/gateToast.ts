/**
 * Job: tell the supervisor once of each gate that opens, and when another window decided it first.
 * Boundary: one toast a gate and window, none where a setting says so; the badge and the status bar carry the gate then.
 * Rules: G3 no Accept in a toast, since nothing was shown.
 */
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import type { Entry } from '../../run/entry.ts';
import type { GateOpen } from '../../run/state.ts';
import type { Asked } from '../asked.ts';
import type { RunSession } from '../runSession.ts';
import { tell } from '../notify.ts';
import { settings } from '../settings.ts';

/** Which gate of which run was told last, so that a reload doesn't tell it again. */
const toldKey = 'belay.gateTold';

export interface GateToastPorts {
  readonly session: RunSession;
  readonly memory: vscode.Memento;
  readonly asked: Asked;
}

export function createGateToast(ports: GateToastPorts): Disposable {
  const { session, memory } = ports;
  const store = new DisposableStore();
  const look = (): void => {
    const { state, connection, runId } = session;
    const gate = state?.gate ?? null;
    if (connection.kind !== 'attached' || gate === null) return;
    const mark = `${runId ?? ''}/${String(gate.gate)}`;
    if (memory.get(toldKey) === mark) return;
    void memory.update(toldKey, mark);
    if (settings.notifyAtGates()) void toast(gate);
  };
  store.add(session.onChanged(look));
  store.add(
    session.onEntry((entry) => {
      if (entry.type === 'gate.decided') tellOther(entry, ports);
    }),
  );
  look();
  return store;
}

async function toast(gate: GateOpen): Promise<void> {
  const first = gate.reasons[0]?.text;
  const why = first === undefined ? '' : `, ${first}`;
  const text = `Belay: gate at step ${String(gate.step)}${why}.`;
  const choice = await tell(text, 'Review', 'Redirect…', 'Later');
  if (choice === 'Review') await vscode.commands.executeCommand('belay.reviewGate');
  if (choice === 'Redirect…') await vscode.commands.executeCommand('belay.redirect');
}

const decisionWords = { accept: 'accepted', redirect: 'redirected', rollback: 'rolled back' } as const;

function tellOther(entry: Entry<'gate.decided'>, ports: GateToastPorts): void {
  const { gates, decisions } = ports.asked;
  const told = `gate ${String(entry.gate)} was ${decisionWords[entry.decision]} by ${entry.by}`;
  decisions.set(entry.gate, told);
  if (!gates.has(entry.gate) && settings.notifyAtGates()) void tell(`Belay: ${told}, not in this window.`);
}

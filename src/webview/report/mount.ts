/**
 * Job: put the Run Report on the page: wires transport and element, keeps the chosen axis over a reload.
 * Boundary: the only place of this page where the window's locale is asked.
 */
import type { ReportHostMessage, ReportPageMessage } from '../../protocol/reportPage.ts';
import type { Transport } from '../transport.ts';
import type { Axis } from './chartRows.ts';
import { ReportView } from './reportView.ts';

/** What outlives a reload of the page. */
export interface ReportMemory {
  readonly axis: Axis;
}

export type ReportTransport = Transport<ReportPageMessage, ReportHostMessage, ReportMemory>;

/** Reads what an earlier version may have written. */
export function reportMemory(value: unknown): ReportMemory {
  const axis = typeof value === 'object' && value !== null ? (value as { axis?: unknown }).axis : null;
  return { axis: axis === 'step' ? 'step' : 'cost' };
}

export function mountReport(parent: HTMLElement, transport: ReportTransport): ReportView {
  const view = new ReportView();
  view.axis = transport.getState().axis;
  view.timeOfDay = timeOfDay;
  view.post = (message) => {
    transport.post(message);
  };
  view.keepAxis = (axis) => {
    transport.setState({ axis });
  };
  parent.append(view);
  transport.onMessage((message) => {
    view.take(message);
    if (message.type === 'report') void markReady(view, parent);
  });
  transport.post({ type: 'ready' });
  return view;
}

/** Says on the page that it shows the report, for whoever looks from outside. */
async function markReady(view: ReportView, parent: HTMLElement): Promise<void> {
  await view.updateComplete;
  parent.dataset['ready'] = '';
}

function timeOfDay(at: number): string {
  return new Date(at).toLocaleString(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}

/** Job: the Run Report page's entry, in a VS Code window. */
import { vscodeTransport } from '../transport.ts';
import { mountReport, reportMemory, type ReportTransport } from './mount.ts';

const transport: ReportTransport = vscodeTransport(reportMemory);
mountReport(document.body, transport);

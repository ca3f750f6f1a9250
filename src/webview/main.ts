/** Job: the Run webview's entry, in a VS Code window. */
import { mount } from './mount.ts';
import { keptOf, vscodeTransport } from './transport.ts';

mount(document.body, vscodeTransport(keptOf));

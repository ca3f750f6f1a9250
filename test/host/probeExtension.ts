// Job: a small extension that shows one of everything that the page object can find, packaged as a VSIX.
// Boundary: for the test of the test host only; Belay's own screens have their own tests.

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const manifest = {
  name: 'probe',
  displayName: 'Probe',
  publisher: 'belay-test',
  version: '0.0.1',
  license: 'Apache-2.0',
  repository: 'https://github.com/belay/belay',
  engines: { vscode: '^1.100.0' },
  main: './main.js',
  activationEvents: ['onStartupFinished'],
  contributes: {
    commands: [
      { command: 'probe.ask', title: 'Ask', category: 'Probe' },
      { command: 'probe.confirm', title: 'Confirm', category: 'Probe' },
      {
        command: 'probe.touch',
        title: 'Touch',
        category: 'Probe',
        icon: '$(check)',
      },
    ],
    viewsContainers: {
      activitybar: [{ id: 'probe', title: 'Probe', icon: 'icon.svg' }],
    },
    views: {
      probe: [
        { id: 'probe.page', type: 'webview', name: 'Page' },
        { id: 'probe.things', name: 'Things' },
      ],
    },
    menus: {
      'view/item/context': [
        {
          command: 'probe.touch',
          when: 'view == probe.things',
          group: 'inline',
        },
      ],
    },
  },
};

const page = `<!DOCTYPE html><html><body data-view="probe"><button>Press</button><output></output><script>
const api = acquireVsCodeApi();
document.querySelector('button').onclick = () => api.postMessage('press');
window.onmessage = (event) => { document.querySelector('output').textContent = event.data; };
document.body.dataset.ready = '';
</script></body></html>`;

const main = `const vscode = require('vscode');
exports.activate = (context) => {
  const item = vscode.window.createStatusBarItem('probe.status', vscode.StatusBarAlignment.Left);
  const say = (text) => { item.text = text; item.show(); };
  const command = (id, run) => context.subscriptions.push(vscode.commands.registerCommand(id, run));
  command('probe.ask', async () => {
    if (await vscode.window.showInformationMessage('Question of the probe', 'Answer')) {
      say('said ' + await vscode.window.showInputBox({ prompt: 'Your answer' }));
    }
  });
  command('probe.confirm', async () => say('confirmed ' + await vscode.window.showWarningMessage('Really?', { modal: true }, 'Do It')));
  command('probe.touch', (name) => say('touched ' + name));
  context.subscriptions.push(
    item,
    vscode.window.registerTreeDataProvider('probe.things', {
      getChildren: (name) => (name ? [] : ['one', 'two']),
      getTreeItem: (name) => new vscode.TreeItem('Thing ' + name),
    }),
    vscode.window.registerWebviewViewProvider('probe.page', {
      resolveWebviewView(view) {
        view.webview.options = { enableScripts: true };
        view.webview.onDidReceiveMessage((text) => view.webview.postMessage('reply to ' + text));
        view.webview.html = ${JSON.stringify(page)};
      },
    }),
  );
};
`;

/** Writes the extension below `folder`, packages it and returns the path of the VSIX. */
export async function packageProbe(folder: string): Promise<string> {
  const source = join(folder, 'probe');
  mkdirSync(source);
  writeFileSync(join(source, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(source, 'main.js'), main);
  writeFileSync(join(source, 'LICENSE'), 'For tests only.\n');
  writeFileSync(join(source, 'README.md'), '# Probe\n');
  writeFileSync(
    join(source, 'icon.svg'),
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8"/></svg>',
  );
  const vsix = join(folder, 'probe.vsix');
  const vsce = join(import.meta.dirname, '..', '..', 'node_modules', '@vscode', 'vsce', 'vsce');
  await promisify(execFile)(process.execPath, [vsce, 'package', '--no-dependencies', '--out', vsix], { cwd: source });
  return vsix;
}

/**
 * Job: the page of a webview of Belay: the Run view, the Run Report.
 * Boundary: a frame for dist/webview/<name>.{js,css}; nothing is drawn here.
 * Rules: nothing runs without this page's nonce, and nothing is loaded from outside the extension.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

export type PageName = 'run' | 'report';
const titles: Readonly<Record<PageName, string>> = { run: 'Run', report: 'Run Report' };

export function webviewPage(webview: vscode.Webview, distFolder: vscode.Uri, page: PageName): string {
  const nonce = randomBytes(18).toString('base64');
  const resource = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(distFolder, 'webview', name)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}' ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" nonce="${nonce}" href="${resource(`${page}.css`)}">
<title>${titles[page]}</title>
</head>
<body data-view="${page}">
<script type="module" nonce="${nonce}" src="${resource(`${page}.js`)}"></script>
</body>
</html>
`;
}

/**
 * Job: the page of the Run webview.
 * Boundary: a frame for dist/webview/run.{js,css}; nothing is drawn here.
 * Rules: nothing runs without this page's nonce, and nothing is loaded from outside the extension.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

export function runPage(webview: vscode.Webview, distFolder: vscode.Uri): string {
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
<link rel="stylesheet" nonce="${nonce}" href="${resource('run.css')}">
<title>Run</title>
</head>
<body data-view="run">
<script type="module" nonce="${nonce}" src="${resource('run.js')}"></script>
</body>
</html>
`;
}

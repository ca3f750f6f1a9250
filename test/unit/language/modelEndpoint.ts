/** Job: a loopback endpoint that answers GET …/models, for the tests of the model check. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ModelEndpoint {
  readonly baseUrl: string;
  /** Method, path and authorization of each request. */
  readonly requests: string[];
}

export async function startModelEndpoint(answer: RequestListener): Promise<ModelEndpoint> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? 'no key'}`);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests };
}

export function listing(...names: string[]): RequestListener {
  return (_request, response) => {
    response.end(JSON.stringify({ object: 'list', data: names.map((id) => ({ id, object: 'model' })) }));
  };
}

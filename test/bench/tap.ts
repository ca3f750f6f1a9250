/**
 * Job: stand between a client and a server (TCP or local socket) and keep what the server says.
 * Boundary: passes every byte on unchanged; knows no protocol but how to cut JSON-RPC messages and server-sent events.
 */
import { connect, createServer, type Socket } from 'node:net';

type Place = { readonly port: number; readonly host: string } | { readonly path: string };

export interface Tap {
  /** 0 for a local socket. */
  readonly port: number;
  /** What the server has said so far, one text a connection. */
  said(): readonly Buffer[];
  close(): void;
}

export async function tap(at: Place, server: Place): Promise<Tap> {
  const heard: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const target = connect(server);
    const parts: Buffer[] = [];
    heard.push(parts);
    target.on('data', (part: Buffer) => parts.push(part));
    client.pipe(target).pipe(client);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined); // the close that follows says all there is to say
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(at, resolve);
  });
  const address = listener.address();
  return {
    port: address === null || typeof address === 'string' ? 0 : address.port,
    said: () => heard.map((parts) => Buffer.concat(parts)),
    close: () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The bodies of the whole messages that `Content-Length` frames. */
export function rpcMessages(stream: Buffer): readonly string[] {
  const bodies: string[] = [];
  for (let at = 0; ;) {
    const end = stream.indexOf('\r\n\r\n', at);
    const length = Number(/Content-Length: (\d+)/i.exec(stream.toString('latin1', at, end))?.[1]);
    if (end < 0 || !(end + 4 + length <= stream.length)) return bodies;
    at = end + 4 + length;
    bodies.push(stream.toString('utf8', end + 4, at));
  }
}

/** The JSON of each server-sent event in a chunked answer: the model server writes each as one chunk. */
export function streamedEvents(stream: Buffer): readonly string[] {
  return [...stream.toString('utf8').matchAll(/^data: (\{.*\})$/gm)].map((found) => found[1] ?? '');
}

/**
 * A Temporal service of which some methods are refused, as a server that checks rights does, or that
 * is spoken to over TLS.
 */
import { constants, connect, createSecureServer, createServer } from 'node:http2';
import type {
  IncomingHttpHeaders,
  SecureServerOptions,
  ServerHttp2Session,
  ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

const PERMISSION_DENIED = '7';

export interface TemporalProxy {
  readonly address: string;
  /** Methods that were refused, by their names, in the order of the calls. */
  readonly refused: readonly string[];
  /** What calls brought as their authorization, each once. */
  readonly authorizations: ReadonlySet<string>;
  close(): Promise<void>;
}

/**
 * @param methods names such as AddSearchAttributes
 * @param tls certificates of the service; without them it is spoken to in the clear
 */
export async function refusingProxy(
  upstreamAddress: string,
  methods: readonly string[],
  tls?: SecureServerOptions,
): Promise<TemporalProxy> {
  const upstream = connect(`http://${upstreamAddress}`);
  upstream.on('error', () => undefined);
  const sessions = new Set<ServerHttp2Session>();
  const refused: string[] = [];
  const authorizations = new Set<string>();
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (headers.authorization !== undefined) authorizations.add(headers.authorization);
    const method = headers[':path']?.split('/').at(-1) ?? '';
    if (!methods.includes(method)) {
      forward(stream, headers);
      return;
    }
    refused.push(method);
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': PERMISSION_DENIED,
        'grpc-message': 'Request unauthorized.',
      },
      { endStream: true },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  function forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const call = upstream.request(headers);
    stream.pipe(call);
    stream.once('aborted', () => call.close(constants.NGHTTP2_CANCEL));
    call.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    call.once('response', (answer, flags) => {
      if (stream.destroyed) return;
      const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(answer, { endStream: isWhole, waitForTrailers: !isWhole });
      if (isWhole) return;
      let trailers: IncomingHttpHeaders = {};
      call.once('trailers', (last: IncomingHttpHeaders) => (trailers = last));
      stream.once('wantTrailers', () => stream.sendTrailers(trailers));
      call.pipe(stream);
    });
  }

  return {
    address: `127.0.0.1:${String(port)}`,
    refused,
    authorizations,
    close: async () => {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

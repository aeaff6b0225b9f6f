import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, createSecureContext } from 'node:tls';
import { MessageReader } from './message-reader.js';
import { HEADER_BYTES, framed, packetType } from './packet.js';
import { asksForTls, preloginAnswer } from './prelogin.js';
import { TlsInPackets } from './tls-in-packets.js';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The stream that the login and everything after it goes over. */
export interface Secured {
  readonly stream: Duplex;
  readonly reader: MessageReader;
}

const TLS_HANDSHAKE_RECORD = 0x16;

function firstByte(socket: Socket): Promise<number | undefined> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve(undefined));
    socket.once('data', (chunk) => {
      socket.pause();
      socket.unshift(chunk);
      resolve(chunk[0]);
    });
  });
}

/** TDS 8 ("strict"): TLS comes first and PRELOGIN inside it. */
function strict(socket: Socket, certificate: Certificate): Duplex {
  const secureContext = createSecureContext({ ...certificate });
  return new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['tds/8.0'] });
}

/** TDS 7 knows TLS up to 1.2: later ones have no end of the handshake that both sides agree on. */
function insidePackets(socket: Socket, certificate: Certificate): Duplex {
  const secureContext = createSecureContext({ ...certificate, maxVersion: 'TLSv1.2' });
  return new TLSSocket(new TlsInPackets(socket), { isServer: true, secureContext });
}

function swallowErrors(stream: Duplex): Duplex {
  // A client that breaks off, or refuses the certificate, is no failure of the server.
  stream.on('error', () => stream.destroy());
  return stream;
}

/** Everything up to the login; undefined where the client leaves before. */
export async function shakeHands(
  socket: Socket,
  certificate: Certificate | undefined,
  onAttention: () => void,
): Promise<Secured | undefined> {
  swallowErrors(socket);
  const first = await firstByte(socket);
  if (first === undefined) return undefined;
  const isStrict = first === TLS_HANDSHAKE_RECORD && certificate !== undefined;
  const stream = isStrict ? swallowErrors(strict(socket, certificate)) : socket;
  const reader = new MessageReader(stream, onAttention);
  const message = await reader.next();
  if (message?.type !== packetType.prelogin) return undefined;
  const tls = !isStrict && certificate !== undefined && asksForTls(await message.whole());
  const answer = preloginAnswer(tls);
  const options = { packetSize: HEADER_BYTES + 4088, last: true, spid: 0, firstId: 1 };
  stream.write(framed(packetType.response, answer, options).bytes);
  if (!tls) return { stream, reader };
  reader.detach();
  const secured = swallowErrors(insidePackets(socket, certificate));
  return { stream: secured, reader: new MessageReader(secured, onAttention) };
}

import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2'
import { addressCheck, HealthError, optionCheck } from '../errors.ts'
import { decodeStatus, encodeService, servingStatus } from '../protocol/messages.ts'
import { type Address, urlOf } from './address.ts'
import { checkedPinger, type Pinger, type PingerOptions, pingerOptionNames } from './pinger.ts'

/** How a gRPC dependency is pinged. */
export interface GrpcPingerOptions extends PingerOptions {
  /**
   * The full name of the service to check, such as `shop.v1.Orders`. Empty: the server as a whole.
   *
   * @defaultValue ''
   */
  readonly service?: string | undefined
}

const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']
// A HealthCheckResponse has seven bytes with its frame; no valid answer is much longer.
const maxAnswerBytes = 1_024

const caller = 'health.grpcPinger'

/**
 * Creates a pinger that uses the gRPC health checking protocol (`grpc.health.v1.Health/Check`).
 * `SERVING` is a success. `'host:port'` is plain text, an `https` URL is TLS. Needs no gRPC
 * library.
 *
 * @throws TypeError `ERR_HEALTH_NAME`, `ERR_HEALTH_ADDRESS`, `ERR_HEALTH_OPTION`
 */
export function createGrpcPinger(
  name: string,
  address: Address,
  options?: GrpcPingerOptions,
): Pinger {
  const check = optionCheck(caller)
  const names = [...pingerOptionNames, 'service'] as const
  const { service = '', ...judged } = check.options('options', options, names)
  const url = urlOf(caller, address)
  if (url.pathname !== '/' || url.search || url.username || url.password) {
    const expected = 'without path, query and credentials, which gRPC has no use for'
    throw addressCheck(caller).secretError('address', expected)
  }
  if (typeof service !== 'string') throw check.error('service', 'a string', service)
  const request = requestOf(service)

  async function ping(signal: AbortSignal): Promise<void> {
    const { connect } = await import('node:http2')
    const session = connect(url.origin)
    try {
      const status = servingStatusOf(await call(session, request, signal), url.host)
      if (status !== servingStatus.serving) {
        throw new HealthError(
          'ERR_HEALTH_STATUS',
          `${url.host} answered ${statusNames[status] ?? status}`,
        )
      }
    } finally {
      session.destroy()
    }
  }

  return Object.freeze(checkedPinger(caller, { ...judged, name, ping }))
}

interface Answer {
  /** Headers and trailers together: an answer without a message has everything in its headers. */
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

function call(session: ClientHttp2Session, request: Buffer, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    session.on('error', reject)
    const stream = session.request(
      {
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
        'user-agent': 'clew-health',
      },
      { signal },
    )
    let headers: IncomingHttpHeaders = {}
    const chunks: Buffer[] = []
    let bytes = 0
    // A failing connection cancels its streams first, with the actual reason as the cause.
    stream.on('error', (error) => reject(error.cause ?? error))
    stream.on('response', (received) => {
      headers = received
    })
    stream.on('trailers', (trailers) => {
      headers = { ...headers, ...trailers }
    })
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxAnswerBytes) session.destroy()
      else chunks.push(chunk)
    })
    stream.on('close', () => resolve({ headers, body: Buffer.concat(chunks) }))
    stream.end(request)
  })
}

/** A length-prefixed HealthCheckRequest. */
function requestOf(service: string): Buffer {
  const message = encodeService(service)
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

// gRPC percent-encodes messages. Its specification says to show one that cannot be decoded as it
// is.
function decoded(message: unknown): string {
  if (typeof message !== 'string') return ''
  try {
    return decodeURIComponent(message)
  } catch {
    return message
  }
}

function servingStatusOf({ headers, body }: Answer, host: string): number {
  const status = headers['grpc-status']
  if (status !== '0') {
    const detail = decoded(headers['grpc-message'])
    throw new HealthError(
      'ERR_HEALTH_STATUS',
      status === undefined
        ? `${host} answered HTTP ${headers[':status'] ?? 'nothing'} without a gRPC status`
        : `${host} answered gRPC status ${String(status)}${detail && `: ${detail}`}`,
    )
  }
  // Not compressed: then the first of the five bytes in front of the message is 0.
  return body[0] === 0 ? decodeStatus(body.subarray(5)) : 0
}

/** What to do after an export failed. */
export interface ExportFault {
  /**
   * `transient`: send it again later. `divisible`: a part of it is too large or cannot be
   * understood, so the rest may arrive without it. `permanent`: it will not be accepted.
   */
  readonly kind: 'transient' | 'divisible' | 'permanent'
  /** How long the receiver asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
}

// The status codes after which OTLP allows another attempt: cancelled, deadline exceeded, aborted,
// out of range, unavailable, data loss. https://opentelemetry.io/docs/specs/otlp/#failures
const transientGrpc = new Set([1, 4, 10, 11, 14, 15])
const resourceExhausted = 8
// Invalid argument; unknown and internal, with which servers answer what they cannot parse.
const unreadableGrpc = new Set([2, 3, 13])

const transientHttp = new Set([429, 502, 503, 504])
const divisibleHttp = new Set([400, 413, 422])

// How gRPC servers in Go, Java, JavaScript and Rust say that a message is too large.
const tooLarge = /larger than max|exceeds maximum size|length too large|message too large/i

/** The code of an error for a request that was not sent, because it has too many bytes. */
export const tooLargeCode = 'ERR_EXPORT_TOO_LARGE'

/** Judges the error of an exporter by the rules of OTLP. */
export function faultOf(error: unknown): ExportFault {
  const { code, message, retryAfterMs } = (error ?? {}) as {
    code?: unknown
    message?: unknown
    retryAfterMs?: number
  }
  const fault = (kind: ExportFault['kind'], after = retryAfterMs): ExportFault => ({
    kind,
    retryAfterMs: after,
  })
  if (code === tooLargeCode) return fault('divisible')
  // Without a status the connection failed, or nobody answered.
  if (typeof code !== 'number') return fault('transient')
  if (code >= 100) {
    if (transientHttp.has(code)) return fault('transient')
    return fault(divisibleHttp.has(code) ? 'divisible' : 'permanent')
  }
  if ((code === resourceExhausted || code === 11) && tooLarge.test(String(message))) {
    return fault('divisible')
  }
  const after = grpcRetryDelayMs(error)
  // A receiver that is exhausted says by RetryInfo whether it will recover.
  if (transientGrpc.has(code) || (code === resourceExhausted && after !== undefined)) {
    return fault('transient', after)
  }
  return fault(unreadableGrpc.has(code) ? 'divisible' : 'permanent')
}

/** The `retry_delay` of `google.rpc.RetryInfo` in the details of a gRPC status. */
function grpcRetryDelayMs(error: unknown): number | undefined {
  try {
    const { metadata } = error as { metadata?: { get(name: string): unknown[] } }
    const [status] = metadata?.get('grpc-status-details-bin') ?? []
    if (!Buffer.isBuffer(status)) return undefined
    for (const detail of fieldsOf(status, 3)) {
      const [type] = fieldsOf(detail as Buffer, 1)
      if (!String(type).endsWith('google.rpc.RetryInfo')) continue
      const [info] = fieldsOf(detail as Buffer, 2)
      const [delay = Buffer.alloc(0)] = fieldsOf(info as Buffer, 1)
      const [seconds = 0] = fieldsOf(delay as Buffer, 1)
      const [nanos = 0] = fieldsOf(delay as Buffer, 2)
      return Number(seconds) * 1000 + Number(nanos) / 1e6
    }
  } catch {
    // Details that cannot be read say nothing.
  }
  return undefined
}

/** The values of one field of a protobuf message: numbers, and the bytes of anything else. */
function fieldsOf(message: Buffer, wanted: number): (Buffer | number)[] {
  const found: (Buffer | number)[] = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at++)
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const wireType = tag & 7
    let value: Buffer | number
    if (wireType === 0) value = varint()
    else {
      const size = wireType === 2 ? varint() : wireType === 1 ? 8 : 4
      value = message.subarray(at, at + size)
      at += size
    }
    if (tag >>> 3 === wanted) found.push(value)
  }
  return found
}

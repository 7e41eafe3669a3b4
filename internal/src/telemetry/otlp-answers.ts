import { tooLargeCode } from './export-fault.ts'

/** What a receiver of OTLP did not accept although it answered with success. */
export interface PartialSuccess {
  /** Spans or data points that were rejected; 0 if the message is only a warning. */
  readonly rejected: number
  readonly message: string
}

/** How an export ended. `partial` is only set by exporters that `watchAnswers` has seen. */
export interface ExportAnswer {
  readonly code: number
  readonly error?: Error
  readonly partial?: PartialSuccess | undefined
}

interface SendResult {
  readonly status: 'success' | 'failure' | 'retryable'
  readonly error?: Error
  readonly retryInMillis?: number
}

interface Watchable {
  export(items: never, done: (answer: ExportAnswer) => void): void
  readonly _delegate?: {
    _transport?: {
      send(data: Uint8Array, timeoutMs: number): Promise<SendResult>
      shutdown(): void
    }
    _responseHandler?: { handleResponse(response: unknown): void }
  }
}

/**
 * Makes an exporter of OpenTelemetry tell what it hides: it takes a partial success for a success,
 * and keeps to itself how long the receiver wants it to wait. It also sends requests that no
 * receiver takes; here one of more than `maxRequestBytes` fails instead. There are no options for
 * this, so it replaces inner parts of the exporter, if they are there.
 * @returns whether they are there
 */
export function watchAnswers(exporter: object, maxRequestBytes: number): boolean {
  const watched = exporter as Watchable
  const delegate = watched._delegate
  if (delegate === undefined) return false
  const { _transport: transport, _responseHandler: handler } = delegate
  if (typeof transport?.send !== 'function' || typeof handler?.handleResponse !== 'function') {
    return false
  }
  // The delegate handles the response and calls back in one go, so this is that of the same export.
  let partial: PartialSuccess | undefined
  delegate._transport = {
    async send(data, timeoutMs) {
      if (data.length > maxRequestBytes) {
        return { status: 'failure', error: oversize(data.length, maxRequestBytes) }
      }
      const result = await transport.send(data, timeoutMs)
      if (result.status !== 'retryable') return result
      const error = result.error ?? new Error('the receiver is busy')
      return { ...result, error: Object.assign(error, { retryAfterMs: result.retryInMillis }) }
    },
    shutdown: () => transport.shutdown(),
  }
  delegate._responseHandler = {
    handleResponse(response) {
      partial = partialOf(response)
      handler.handleResponse(response)
    },
  }
  const send = watched.export.bind(watched)
  watched.export = (items, done) =>
    send(items, (answer) => {
      const seen = partial
      partial = undefined
      done(seen === undefined ? answer : { ...answer, partial: seen })
    })
  return true
}

function oversize(bytes: number, maxRequestBytes: number): Error {
  const message = `a request of ${bytes} bytes is larger than ${maxRequestBytes} (maxRequestBytes)`
  return Object.assign(new Error(message), { code: tooLargeCode })
}

function partialOf(response: unknown): PartialSuccess | undefined {
  const { partialSuccess } = (response ?? {}) as {
    partialSuccess?: {
      rejectedSpans?: unknown
      rejectedDataPoints?: unknown
      errorMessage?: unknown
    } | null
  }
  if (!partialSuccess) return undefined
  const { rejectedSpans, rejectedDataPoints, errorMessage } = partialSuccess
  const rejected = Number(rejectedSpans ?? rejectedDataPoints ?? 0)
  const message = String(errorMessage ?? '').slice(0, 500)
  if (!(rejected > 0)) return message === '' ? undefined : { rejected: 0, message }
  return { rejected, message }
}

import type { Agent, Dispatcher } from 'undici'

/**
 * Sends requests: a `Dispatcher` of undici, such as a `ProxyAgent`, or an `Agent` with the company's
 * CA. It stays yours, also to close.
 */
export interface DispatcherLike {
  dispatch(...args: never[]): boolean
}

export interface ClientLimits {
  /** Of a whole request. */
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Connections to one host. */
  readonly connections: number
}

export interface RemoteRequest {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Record<string, string>
  readonly body?: string
}

export interface RemoteAnswer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** Asks other servers, within limits. */
export interface RemoteClient {
  /** Any status is an answer. Rejects beyond the limits, and where there is no answer. */
  request(url: URL, request?: RemoteRequest): Promise<RemoteAnswer>
  close(): Promise<void>
}

/**
 * Without a dispatcher it has a connection pool of its own, which is created with the first request.
 */
export function createRemoteClient(
  { timeoutMs, maxBytes, connections }: ClientLimits,
  dispatcher: DispatcherLike | undefined,
): RemoteClient {
  let agent: Agent | undefined
  let isClosed = false
  return {
    async request(url, { method = 'GET', headers = {}, body: sent = null } = {}) {
      const undici = await import('undici')
      if (isClosed) throw new Error('shut down')
      if (dispatcher === undefined) {
        agent ??= new undici.Agent({ connections, pipelining: 1, connect: { timeout: timeoutMs } })
      }
      // One deadline for everything: the client's own timers start anew with each byte.
      const signal = AbortSignal.timeout(timeoutMs)
      // `request` does not follow redirects: the configuration decides who is asked.
      const answer = await undici.request(url, {
        dispatcher: (dispatcher as Dispatcher | undefined) ?? (agent as Agent),
        signal,
        method,
        headers,
        body: sent,
      })
      const { statusCode: status, body } = answer
      // Without a listener, an error after destroy() would end the process.
      body.on('error', () => {})
      const chunks: Buffer[] = []
      let length = 0
      for await (const chunk of body) {
        length += chunk.length
        if (length > maxBytes) {
          body.destroy()
          throw new Error(`longer than ${maxBytes} bytes`)
        }
        chunks.push(chunk)
      }
      const type = answer.headers['content-type']
      return {
        status,
        type: typeof type === 'string' ? type : '',
        text: Buffer.concat(chunks).toString(),
      }
    },
    async close() {
      isClosed = true
      const closing = agent
      agent = undefined
      await closing?.destroy()
    },
  }
}

import type { Agent } from 'undici'

export interface DownloadLimits {
  /** Of the whole download. */
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** A small document at a fixed URL. */
export interface Download {
  /** Rejects for every status but 200, and beyond the limits. */
  fetch(): Promise<string>
  close(): Promise<void>
}

/** With a connection pool of its own, which is created with the first fetch. */
export function createDownload(uri: URL, { timeoutMs, maxBytes }: DownloadLimits): Download {
  let agent: Agent | undefined
  let isClosed = false
  return {
    async fetch() {
      const undici = await import('undici')
      if (isClosed) throw new Error('shut down')
      agent ??= new undici.Agent({ connections: 1, pipelining: 1, connect: { timeout: timeoutMs } })
      // One deadline for everything: the client's own timers start anew with each byte.
      const signal = AbortSignal.timeout(timeoutMs)
      // `request` does not follow redirects: the configuration decides where keys come from.
      const { statusCode, body } = await undici.request(uri, {
        dispatcher: agent,
        signal,
        headers: { accept: 'application/jwk-set+json, application/json' },
      })
      // Without a listener, an error after destroy() would end the process.
      body.on('error', () => {})
      if (statusCode !== 200) {
        body.destroy()
        throw new Error(`status ${statusCode}`)
      }
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
      return Buffer.concat(chunks).toString()
    },
    async close() {
      isClosed = true
      const closing = agent
      agent = undefined
      await closing?.destroy()
    },
  }
}

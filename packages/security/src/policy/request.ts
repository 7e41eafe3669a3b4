import type { X509Certificate } from 'node:crypto'

/**
 * What this package reads of a request, in the form of Node's `IncomingMessage`, which is one. The
 * adapters of other frameworks make one.
 */
export interface RequestLike {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion?: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Names and values in turn, each header as it was sent. */
  readonly rawHeaders: readonly string[]
  readonly socket: {
    readonly remoteAddress?: string | undefined
    readonly encrypted?: boolean
    readonly destroyed?: boolean
    /** The chain of the client's certificate was verified. */
    readonly authorized?: boolean
    getPeerX509Certificate?(): X509Certificate | undefined
  }
  /** The framework's own request, if this is another object. */
  readonly source?: unknown
}

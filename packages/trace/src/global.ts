/** What must be one per process: the ESM and the CommonJS copy, and two versions, share it. */
export interface Shared {
  /** Set while a `configure` of any copy is in force. */
  configured?: boolean
  /** Removes the client subscriptions of whichever copy installed them. */
  uninstallClients?: () => void
}

const key: unique symbol = Symbol.for('@clew/trace/v1') as never

export function shared(): Shared {
  const holder = globalThis as { [key]?: Shared }
  holder[key] ??= {}
  return holder[key]
}

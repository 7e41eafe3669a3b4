import { subscribe, unsubscribe } from 'node:diagnostics_channel'

type Listener = (message: never) => void

/** Listens to several diagnostics channels. A listener that throws costs nobody anything. Returns what ends it. */
export function listen(listeners: Readonly<Record<string, Listener>>): () => void {
  const guarded = Object.entries(listeners).map(([channel, listener]) => {
    const safe = (message: unknown) => {
      try {
        listener(message as never)
      } catch {
        // The request goes on without being observed.
      }
    }
    subscribe(channel, safe)
    return () => unsubscribe(channel, safe)
  })
  return () => {
    for (const end of guarded.splice(0)) end()
  }
}

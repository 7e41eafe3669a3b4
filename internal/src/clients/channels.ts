import { subscribe, unsubscribe } from 'node:diagnostics_channel'

type Listener = (message: never) => void

/**
 * Subscribes to several diagnostics channels. What a listener throws is dropped, so that observing
 * a request cannot break it. Returns a function that unsubscribes.
 */
export function listen(listeners: Readonly<Record<string, Listener>>): () => void {
  const unsubscribers = Object.entries(listeners).map(([channel, listener]) => {
    const guarded = (message: unknown) => {
      try {
        listener(message as never)
      } catch {
        // The request continues unobserved.
      }
    }
    subscribe(channel, guarded)
    return () => unsubscribe(channel, guarded)
  })
  return () => {
    for (const end of unsubscribers.splice(0)) end()
  }
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel'

type Listener = (message: unknown, name: string | symbol) => void

/** Listens to several diagnostics channels. Returns what ends it. */
export function listen(listeners: readonly (readonly [string, Listener])[]): () => void {
  for (const [channel, listener] of listeners) subscribe(channel, listener)
  return () => {
    for (const [channel, listener] of listeners) unsubscribe(channel, listener)
  }
}

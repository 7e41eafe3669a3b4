import { observers } from './observers.ts'

/** Of one kind. Of more, the oldest are forgotten: nobody has ended them. */
const maxSources = 16

/** Offers something to look at, until the returned function is called. */
export function offer(kind: string, read: () => unknown): () => void {
  const sources = observers.sources.get(kind) ?? new Set()
  observers.sources.set(kind, sources)
  const own = () => read()
  sources.add(own)
  const [oldest] = sources
  if (sources.size > maxSources && oldest !== undefined) sources.delete(oldest)
  return () => {
    sources.delete(own)
  }
}

/** What is offered, oldest first. A read may throw, and may return anything. */
export function offered(kind: string): readonly (() => unknown)[] {
  return [...(observers.sources.get(kind) ?? [])]
}

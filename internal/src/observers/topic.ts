import { observers, type Topic } from './observers.ts'

/** The topic of this name. Keep it: looking it up costs more than telling. */
export function topicOf<T>(name: string): Topic<T> {
  let topic = observers.topics.get(name)
  if (topic === undefined) {
    topic = { tell: undefined, listeners: new Set() }
    observers.topics.set(name, topic)
  }
  return topic as unknown as Topic<T>
}

/** Listens from now on. What the listener throws is dropped. Returns a function that stops it. */
export function listen<T>(topic: Topic<T>, listener: (event: T) => void): () => void {
  // Added twice, it is called twice, and removed one at a time.
  const own = (event: T) => listener(event)
  topic.listeners.add(own)
  topic.tell = (event) => {
    for (const each of topic.listeners) {
      try {
        each(event)
      } catch {
        // Who looks on must not disturb what goes on.
      }
    }
  }
  return () => {
    topic.listeners.delete(own)
    if (topic.listeners.size === 0) topic.tell = undefined
  }
}

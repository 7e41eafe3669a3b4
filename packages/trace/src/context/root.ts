import type { Context } from '@opentelemetry/api'

/**
 * A context as a chain of single values: one small object for each value, where the api copies a
 * Map and creates three closures.
 */
class Link implements Context {
  private readonly key: symbol | undefined
  private readonly value: unknown
  private readonly parent: Link | undefined

  constructor(key?: symbol, value?: unknown, parent?: Link) {
    this.key = key
    this.value = value
    this.parent = parent
  }

  getValue(key: symbol): unknown {
    for (let link: Link | undefined = this; link !== undefined; link = link.parent) {
      if (link.key === key) return link.value
    }
    return undefined
  }

  setValue(key: symbol, value: unknown): Context {
    return new Link(key, value, this.key === key ? this.parent : this)
  }

  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined)
  }
}

/** The empty context. */
export const rootContext: Context = new Link()

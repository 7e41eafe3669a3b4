import type { IncomingMessage } from 'node:http'
import type { Level } from './level.ts'
import type { Context } from './scope/context.ts'
import type { Scope } from './scope/scope.ts'
import type { SpanContext } from './span.ts'
import type { Plain } from './values/plain.ts'

/** Named values of a line. Any value is fine under any key. */
export type Fields = Readonly<Record<string, unknown>>

/** A line as a format function gets it. */
export interface Line {
  /** When it was logged, in milliseconds since the epoch. */
  readonly time: number
  readonly level: Level
  readonly msg: string
  /**
   * The rest in the order of the line: context, `err`, the call's fields, generated ones. Only what JSON can carry: errors are
   * objects, secrets are hidden, long values are cut.
   */
  readonly fields: Readonly<Record<string, Plain>>
}

/** A line on its way: what was true when it was logged, by reference where nothing can change. */
export interface Entry {
  readonly severity: number
  readonly time: number
  readonly msg: string
  readonly err: unknown
  readonly fields: Fields | undefined
  /** The logger's own; with the scope's it makes the context of the line. */
  readonly context: Context
  readonly scope: Scope | undefined
  readonly span: SpanContext | undefined
  readonly generated: Fields | undefined
}

/** A value made plain when its line was held back, so that later changes to it do not show. */
export class Snapshot {
  readonly #tree: Plain

  constructor(tree: Plain) {
    this.#tree = tree
  }

  // Asks no proxy anything.
  static treeOf(value: object): Plain | undefined {
    return #tree in value ? value.#tree : undefined
  }
}

const operation: unique symbol = Symbol.for('@clew/operation/v1') as never

/** What a security policy leaves on a request. */
interface Annotated {
  readonly [operation]?: { readonly service?: string; readonly method?: string }
}

export function operationOf(
  request: IncomingMessage | undefined,
): { readonly service?: string; readonly method?: string } | undefined {
  return request === undefined ? undefined : (request as Annotated)[operation]
}

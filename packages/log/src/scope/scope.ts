import type { IncomingMessage } from 'node:http'
import type { Fields } from '../line.ts'
import type { LoggerState, Root } from '../root.ts'
import type { SpanContext } from '../span.ts'
import type { Context } from './context.ts'
import { Hold } from './hold.ts'
import { sizeOf } from './size.ts'

export const noNames: ReadonlySet<string> = new Set()

interface ScopeParts {
  readonly root: Root
  readonly state: LoggerState
  readonly parent: Scope | undefined
  /** Whether it is a part of its parent, and shares what is held. */
  readonly shares: boolean
  readonly request: IncomingMessage | undefined
  readonly span: SpanContext | undefined
  /** Names of its fields that nothing else on its lines may have. */
  readonly owned: ReadonlySet<string>
  /** The fields, or how to make them: most scopes end without a line written. */
  readonly fields: Fields | (() => Fields)
}

/** A request, a job, or a part of one: what its lines have in common, and where they wait. No `#` names, as in {@link Hold}. */
export class Scope {
  readonly root: Root
  /** The logger on which it was opened: the one that ambient functions find. */
  readonly state: LoggerState
  readonly parent: Scope | undefined
  /** Shared with the scope that it is a part of. */
  readonly hold: Hold
  readonly request: IncomingMessage | undefined
  /** The span that was active when it began. */
  readonly span: SpanContext | undefined
  /** The scope that it is a part of. */
  readonly outer: Scope | undefined
  /** Names that only the outermost scope gives a value: those a middleware has written. */
  readonly owned: ReadonlySet<string>
  /** The fields of `encodedFor` and of the scope in the JSON format, kept between lines. */
  encoded = ''
  encodedFor: Context | undefined
  /** Its place among the running jobs. */
  place = -1
  private ownFields: Fields | (() => Fields)

  constructor(parts: ScopeParts) {
    const { root, state, parent, shares, request, span, owned, fields } = parts
    this.root = root
    this.state = state
    this.parent = parent
    this.outer = shares ? parent : undefined
    this.hold = this.outer?.hold ?? new Hold(request)
    this.request = request ?? parent?.request
    this.span = span
    this.owned = this.outer?.owned ?? owned
    this.ownFields = fields
  }

  /** Its own fields. */
  get fields(): Fields {
    if (typeof this.ownFields === 'function') this.ownFields = this.ownFields()
    return this.ownFields
  }

  /** Roughly what its own fields take in memory. */
  get bytes(): number {
    return sizeOf(this.fields)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.fields, name) || (this.outer?.has(name) ?? false)
  }
}

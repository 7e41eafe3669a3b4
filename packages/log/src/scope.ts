import type { IncomingMessage } from 'node:http'
import { type Context, createContext } from './context.ts'
import { INFO } from './level.ts'
import type { Entry, Fields } from './line.ts'
import type { LoggerState, Root } from './root.ts'
import type { SpanContext } from './span.ts'

/** The lines of a scope that wait for a reason to be written. Bounded; the oldest go first, counted. */
export interface Hold {
  /** Whether lines wait: false once released, or while an override applies. */
  holding: boolean
  released: boolean
  /** The lowest severity that is written. */
  threshold: number
  /** The state of levels and overrides that `threshold` and `holding` are made from. */
  version: number
  entries: Entry[]
  /** Index of the oldest entry that is still there. */
  head: number
  bytes: number
  lost: number
  /** What `set` has collected for the closing line. */
  closing: Fields | undefined
  readonly request: IncomingMessage | undefined
}

function createHold(request: IncomingMessage | undefined): Hold {
  return {
    holding: true,
    released: false,
    threshold: INFO,
    version: -1,
    entries: [],
    head: 0,
    bytes: 0,
    lost: 0,
    closing: undefined,
    request,
  }
}

interface ScopeParts {
  readonly root: Root
  readonly state: LoggerState
  readonly parent: Scope | undefined
  /** Whether it is a part of its parent, and shares what is held. */
  readonly shares: boolean
  readonly request: IncomingMessage | undefined
  readonly span: SpanContext | undefined
  /** Names of its fields that a call's fields may not overwrite. */
  readonly owned: ReadonlySet<string>
  /** The fields, or how to make them: most scopes end without a line written. */
  readonly fields: Fields | (() => Fields)
}

/** A request, a job, or a part of one: what its lines have in common, and where they wait. */
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
  /** The fields of `encodedFor` and of the scope in the JSON format, kept between lines. */
  encoded = ''
  encodedFor: Context | undefined
  readonly #owned: ReadonlySet<string>
  #fields: Fields | (() => Fields)

  constructor(parts: ScopeParts) {
    const { root, state, parent, shares, request, span, owned, fields } = parts
    this.root = root
    this.state = state
    this.parent = parent
    this.outer = shares ? parent : undefined
    this.hold = this.outer?.hold ?? createHold(request)
    this.request = request ?? parent?.request
    this.span = span
    this.#owned = owned
    this.#fields = fields
  }

  /** Its own fields. */
  get fields(): Fields {
    if (typeof this.#fields === 'function') this.#fields = this.#fields()
    return this.#fields
  }

  has(name: string): boolean {
    return Object.hasOwn(this.fields, name) || (this.outer?.has(name) ?? false)
  }

  /** A logger's fields with the scope's. */
  contextOf(from: Context): Context {
    const base = this.outer?.contextOf(from) ?? from
    const owned = base.owned.size === 0 ? this.#owned : base.owned
    return createContext({ ...base.fields, ...this.fields }, owned)
  }
}

/** Keeps a line, and lets the oldest go when there are too many. */
export function keep(hold: Hold, entry: Entry, maxLines: number, maxBytes: number): void {
  hold.entries.push(entry)
  hold.bytes += entry.bytes
  if (hold.entries.length - hold.head <= maxLines && hold.bytes <= maxBytes) return
  while (
    hold.head < hold.entries.length &&
    (hold.entries.length - hold.head > maxLines || hold.bytes > maxBytes)
  ) {
    hold.bytes -= hold.entries[hold.head]?.bytes ?? 0
    hold.entries[hold.head] = undefined as never
    hold.head++
    hold.lost++
  }
  if (hold.head >= maxLines) {
    hold.entries.splice(0, hold.head)
    hold.head = 0
  }
}

/** Takes out what is held. */
export function take(hold: Hold): { readonly entries: readonly Entry[]; readonly lost: number } {
  const entries = hold.head === 0 ? hold.entries : hold.entries.slice(hold.head)
  const { lost } = hold
  hold.entries = []
  hold.head = 0
  hold.bytes = 0
  hold.lost = 0
  return { entries, lost }
}

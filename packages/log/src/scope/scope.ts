import type { IncomingMessage } from 'node:http'
import type { Context } from '../line/context.ts'
import type { LineScope } from '../line/entry.ts'
import type { Fields } from '../line/fields.ts'
import { sizeOf } from '../line/size.ts'
import type { SpanContext } from '../line/span.ts'
import { Hold } from './hold.ts'

/** What a scope needs of the logger that it is opened on. */
export interface ScopeOrigin {
  readonly context: Context
}

/** A line about the scope itself. */
export interface ScopeLine {
  readonly msg: string
  readonly severity: number
  readonly fields: Fields
  readonly err: unknown
  /** Whether it is written at once, and not held. */
  readonly atOnce: boolean
}

/** What a scope needs of whoever writes its lines. */
export interface ScopeOwner {
  /** A job that takes so many milliseconds is slow; `Infinity`: none is. */
  readonly slowMs: number
  /** A job that is open for so many milliseconds is reported; `Infinity`: none is. */
  readonly hangMs: number
  /** Whether lines are written by the event loop: at the very end it is too late for them. */
  readonly needsLoop: boolean
  /** The most fields of a line. */
  readonly maxFields: number
  /** A copy of fields as they are now. */
  snapshot(fields: Fields): Fields
  /** Applies the current level and overrides to the scope. */
  refresh(scope: Scope): void
  /** Writes what the scope holds. From then on it holds nothing. */
  release(scope: Scope): void
  /** Whether a line logged now, at the end of the scope, would never be written. */
  discards(scope: Scope, severity: number, atOnce: boolean): boolean
  report(scope: Scope, line: ScopeLine): void
  /** Writes what a scope holds that will never end, and the line, as far as there is room. */
  giveUp(scope: Scope, line: ScopeLine | undefined): void
  /** Says how many lines there was no room for. */
  countGivenUp(): void
}

/** The request or call whose scope it is. */
export interface ScopeSource {
  /** Whether it has no lines of its own. */
  readonly silent: boolean
  /** When it is reported that it is still open, in milliseconds from its start. */
  readonly hangMs: number
  /**
   * Makes the fields of its scope, where it was given none, when they are needed: most end without a
   * line written.
   */
  scopeFields?(): Fields
  /** What a line says about it while it is open. */
  openFields(): Fields
}

export interface ScopeParts {
  readonly owner: ScopeOwner
  readonly origin: ScopeOrigin
  readonly parent: Scope | undefined
  /** Whether it has the fields of its parent, and shares what that holds until it ends. */
  readonly shares: boolean
  readonly request: IncomingMessage | undefined
  readonly span: SpanContext | undefined
  /** Names of its fields that nothing else on its lines may have. */
  readonly owned: ReadonlySet<string>
  readonly fields: Fields | undefined
  /** Undefined: a job. */
  readonly source: ScopeSource | undefined
  /** When it began, on the monotonic clock. */
  readonly startMs: number
}

export const noNames: ReadonlySet<string> = new Set()

/**
 * A request, a job, or a part of one: what its lines have in common, and where they wait. No `#`
 * names, as in {@link Hold}.
 */
export class Scope implements LineScope {
  readonly owner: ScopeOwner
  /** The logger on which it was opened: the one that ambient functions find. */
  readonly origin: ScopeOrigin
  readonly parent: Scope | undefined
  /** Shared with the scope that it is a part of. */
  readonly hold: Hold
  readonly request: IncomingMessage | undefined
  /** The span that was active when it began. */
  readonly span: SpanContext | undefined
  readonly outer: Scope | undefined
  /** Whether it shares what is held with `outer`, which has the closing line. */
  readonly isPart: boolean
  readonly owned: ReadonlySet<string>
  encoded = ''
  encodedFor: Context | undefined = undefined
  /** Its place among the running jobs. */
  place = -1
  /** Whether it was reported that it is still open. */
  isReported = false
  readonly startMs: number
  readonly source: ScopeSource | undefined
  private known: Fields | undefined

  constructor(parts: ScopeParts) {
    const { owner, origin, parent, shares, request, span } = parts
    this.owner = owner
    this.origin = origin
    this.parent = parent
    this.outer = shares ? parent : undefined
    this.request = request ?? parent?.request
    const shared = this.outer?.hold
    // In one that is over nothing waits any more: this one has its fields, and decides for itself.
    this.isPart = shared !== undefined && !shared.ended
    this.hold =
      shared !== undefined && this.isPart ? shared : new Hold(request ?? this.outer?.request)
    this.span = span
    this.owned = this.outer?.owned ?? parts.owned
    this.known = parts.fields
    this.source = parts.source
    this.startMs = parts.startMs
  }

  /** Its own fields. */
  get fields(): Fields {
    this.known ??= this.source?.scopeFields?.() ?? {}
    return this.known
  }

  get bytes(): number {
    return sizeOf(this.fields)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.fields, name) || (this.outer?.has(name) ?? false)
  }
}

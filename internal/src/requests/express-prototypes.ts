import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestRecord } from './contract.ts'
import { frames } from './frame.ts'
import { type Recorded, recordKey } from './slot.ts'

// Express gives each request and response a prototype of its own. From then on, V8 of Node 20 makes
// a new hidden class for each property that is added to one of them, with a copy of all that it has:
// 1.3 KiB, and some microseconds. So nothing is added to them: the record is kept in the state of
// the request's stream, and the rest stands on Express' prototypes, which are there to be extended.

type Message = IncomingMessage | ServerResponse

interface Emitter {
  readonly emit: (this: Message, ...args: unknown[]) => boolean
  readonly listenerCount: (this: Message, event: string) => number
}

/** Whether it is one of Express', which then knows its record. */
export function isOfExpress(message: Message): boolean {
  const prototype: object | null = Object.getPrototypeOf(message)
  if (prototype === null || isOfClass(prototype)) return false
  return recordKey in prototype || isExtended(prototype)
}

/**
 * Lets the events of all requests, or of all responses, be emitted in the frames of their requests.
 */
export function emitInFrames(message: Message): void {
  const prototype = Object.getPrototypeOf(message) as Emitter
  // Whichever copy of this file comes first does it for all.
  if (recordKey in prototype.emit) return
  const base = baseOf(prototype)
  if (base === undefined) return
  const { emit, listenerCount } = base
  function emitInFrame(this: Message & Recorded, ...args: unknown[]): boolean {
    const [event] = args as [string]
    const listeners = listenerCount.call(this, event)
    // Most events have none. Nothing else is read of the message then: each look costs.
    const record = listeners > 0 ? this[recordKey] : undefined
    return record?.isBound === true &&
      frames.getStore() !== record.frame &&
      listeners > ownListeners(record, event)
      ? record.run(() => emit.apply(this, args))
      : emit.apply(this, args)
  }
  Object.defineProperty(emitInFrame, recordKey, { value: true })
  Object.defineProperty(base, 'emit', { value: emitInFrame, configurable: true, writable: true })
}

/** Where the record of a request is kept. */
export function slotOf(req: IncomingMessage): Recorded {
  const recorded = req as Recorded
  return recorded._readableState !== undefined && isOfExpress(req)
    ? recorded._readableState
    : recorded
}

/** How many listeners of the event are Node's own, which need no frame. */
export function ownListeners(record: RequestRecord, event: string): number {
  return event === 'end' ? record.ownEndListeners : 0
}

/** As Node's own are. To ask for those, `node:http` would have to be loaded, which brings undici. */
const isOfClass = (prototype: object) => Object.hasOwn(prototype, 'constructor')

/** Extends what all applications of this copy of Express inherit, if it is Express'. */
function isExtended(prototype: object): boolean {
  const base = baseOf(prototype)
  if (base === undefined || !Object.isExtensible(base)) return false
  Object.defineProperty(base, recordKey, { get: recordOfThis, configurable: true })
  return true
}

/** `express.request` or `express.response`. */
function baseOf(prototype: object): Emitter | undefined {
  // Each application has its own, with itself in them, and inherits from the one it is mounted in.
  if (!Object.hasOwn(prototype, 'app')) return undefined
  let base = prototype
  let above: object | null = Object.getPrototypeOf(base)
  while (above !== null && !isOfClass(above)) {
    base = above
    above = Object.getPrototypeOf(base)
  }
  return above === null || base === prototype || !('emit' in base) ? undefined : (base as Emitter)
}

/** A request has a state, and a response knows its request. */
function recordOfThis(this: Recorded & { readonly req?: Recorded }): RequestRecord | undefined {
  return this._readableState === undefined ? this.req?.[recordKey] : this._readableState[recordKey]
}

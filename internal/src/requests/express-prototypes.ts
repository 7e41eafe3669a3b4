import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestRecord } from './contract.ts'
import { frames } from './frame.ts'
import { type Recorded, recordKey } from './slot.ts'

// Express gives each request and response a prototype of its own. From then on, V8 of Node 20 makes
// a new hidden class for each property that is added to one of them, with a copy of all that it has:
// 1.3 KiB, and some microseconds. So nothing is added to them: the record is kept in the state of
// the request's stream, and the rest stands on Express' prototypes, which are there to be extended.

type Message = IncomingMessage | ServerResponse
type Emit = (this: Message, ...args: unknown[]) => boolean

/** Whether it is one of Express', which then knows its record and emits its events in the frame. */
export function isOfExpress(message: Message): boolean {
  const prototype: object | null = Object.getPrototypeOf(message)
  if (prototype === null || isOfClass(prototype)) return false
  return recordKey in prototype || isExtended(prototype)
}

/** Where the record of a request is kept. */
export function slotOf(req: IncomingMessage): Recorded {
  const recorded = req as Recorded
  return recorded._readableState !== undefined && isOfExpress(req)
    ? recorded._readableState
    : recorded
}

/** Whether somebody but Node itself listens to the event. */
export function isHeard(record: RequestRecord, message: Message, event: string): boolean {
  return message.listenerCount(event) > (event === 'end' ? record.ownEndListeners : 0)
}

/** As Node's own are. To ask for those, `node:http` would have to be loaded, which brings undici. */
const isOfClass = (prototype: object) => Object.hasOwn(prototype, 'constructor')

/** Extends what all applications of this copy of Express inherit, if it is Express'. */
function isExtended(prototype: object): boolean {
  const base = baseOf(prototype)
  const emit = base?.emit
  if (base === undefined || emit === undefined || !Object.isExtensible(base)) return false
  Object.defineProperties(base, {
    [recordKey]: { get: recordOfThis, configurable: true },
    emit: {
      value: function emitInFrame(this: Message & Recorded, ...args: unknown[]): boolean {
        const record = this[recordKey]
        if (
          record?.isBound !== true ||
          frames.getStore() === record.frame ||
          !isHeard(record, this, args[0] as string)
        ) {
          return emit.apply(this, args)
        }
        return record.run(() => emit.apply(this, args))
      },
      configurable: true,
      writable: true,
    },
  })
  return true
}

/** `express.request` or `express.response`. */
function baseOf(prototype: object): { readonly emit?: Emit } | undefined {
  // Each application has its own, with itself in them, and inherits from the one it is mounted in.
  if (!Object.hasOwn(prototype, 'app')) return undefined
  let base = prototype
  let above: object | null = Object.getPrototypeOf(base)
  while (above !== null && !isOfClass(above)) {
    base = above
    above = Object.getPrototypeOf(base)
  }
  return above === null || base === prototype ? undefined : base
}

/** A request has a state, and a response knows its request. */
function recordOfThis(this: Recorded & { readonly req?: Recorded }): RequestRecord | undefined {
  return this._readableState === undefined ? this.req?.[recordKey] : this._readableState[recordKey]
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestRecord } from './contract.ts'
import { emitInFrames, isOfExpress, ownListeners } from './express-prototypes.ts'
import { frames } from './frame.ts'
import { findRecord } from './slot.ts'

// How the end of a request is noticed, and how its listeners get into its frame. What is put on
// requests of Node's own is shared by all: a closure for each, or a listener, would cost more.

type Emit = (...args: unknown[]) => boolean

/** A record, as it is told what is emitted. */
export interface Emitting extends RequestRecord {
  isBound: boolean
  /** The original `emit` of the request, once it has another. */
  emit: Emit | undefined
  /** The original `emit` of the response, once it has another. */
  emitOfResponse: Emit | undefined
  finished(): void
  closed(): void
}

/**
 * Tells the record when its response ends.
 * @param hasConnection - the connection of the request tells it when that closes
 */
export function hearEnd(record: Emitting, res: ServerResponse, hasConnection: boolean): void {
  if ((res as { readonly req?: unknown }).req !== record.req) {
    res.prependListener('finish', () => record.finished())
    res.on('close', () => record.closed())
  } else if (isOfExpress(res)) {
    if (record.isBound) emitInFrames(res)
    // Not by its prototype: an application of another copy of Express may replace that.
    res.prependListener('finish', () => record.finished())
    // A first listener costs more than a second one.
    if (!hasConnection) res.on('close', () => record.closed())
  } else {
    record.emitOfResponse = res.emit as Emit
    res.emit = emitOfResponse as typeof res.emit
  }
}

/** From now on, the listeners of the request and of its response run in the frame. */
export function bindListeners(record: Emitting): void {
  const { req } = record
  record.isBound = true
  if (isOfExpress(req)) {
    emitInFrames(req)
    if (record.res !== undefined) emitInFrames(record.res)
    return
  }
  record.emit = req.emit as Emit
  req.emit = emitInFrame as typeof req.emit
}

const emittingOf = (req: IncomingMessage) => findRecord(req) as Emitting

/**
 * Notices the end before any listener, Node's own among them: that one starts the next response on
 * the socket, whose bytes must not be counted.
 */
function emitOfResponse(this: ServerResponse, ...args: unknown[]): boolean {
  const record = emittingOf(this.req)
  if (record.isBound && frames.getStore() !== record.frame) {
    return emitOfResponseInFrame.apply(this, args)
  }
  if (args[0] === 'finish') record.finished()
  else if (args[0] === 'close') record.closed()
  return (record.emitOfResponse as Emit).apply(this, args)
}

/**
 * Node emits `close` of a response that is aborted in the context of the socket. A function of its
 * own: with the closure in the other one, V8 would make an array of each call's arguments.
 */
function emitOfResponseInFrame(this: ServerResponse, ...args: unknown[]): boolean {
  const record = emittingOf(this.req)
  const [event] = args
  const isEnd = record.verdict === undefined && (event === 'finish' || event === 'close')
  return isEnd || this.listenerCount(event as string) > 0
    ? record.run(() => emitOfResponse.apply(this, args))
    : (record.emitOfResponse as Emit).apply(this, args)
}

function emitInFrame(this: IncomingMessage, ...args: unknown[]): boolean {
  const record = emittingOf(this)
  const emit = record.emit as Emit
  const event = args[0] as string
  if (
    frames.getStore() === record.frame ||
    this.listenerCount(event) <= ownListeners(record, event)
  ) {
    return emit.apply(this, args)
  }
  return record.run(() => emit.apply(this, args))
}

import type { Span } from '@opentelemetry/api'
import { guarded } from '../context/callback.ts'
import { optionCheck } from '../errors.ts'
import type { Carrier } from '../propagation/carrier.ts'
import { checkCall } from '../span/span-options.ts'
import { checkMessage, type MessageOptions, runReceived } from './message.ts'

/**
 * Handles the messages of a stream one after the other, each in a span of its own ({@link
 * receive}). Rejects with the first error of the stream or of `fn`, after closing the stream. A
 * stream in both directions stays open for answers when its messages end. A message whose carrier
 * cannot be read is handled in a new trace.
 *
 * @throws TypeError `ERR_TRACE_OPTION`, as a rejection
 */
// oxlint-disable-next-line max-params -- public
export async function receiveEach<M>(
  name: string,
  messages: AsyncIterable<M> | Iterable<M>,
  carrierOf: (message: M) => Carrier | null | undefined,
  fn: (message: M, span: Span) => unknown,
  options: MessageOptions = {},
): Promise<void> {
  const check = optionCheck('receiveEach')
  checkCall(check, name, fn)
  if (typeof carrierOf !== 'function') throw check.error('carrierOf', 'a function', carrierOf)
  checkMessage(check, options)
  const carrier = guarded('carrierOf of trace.receiveEach', carrierOf, undefined)
  if (!isDuplex(messages)) {
    for await (const message of messages) await handle(message)
    return
  }
  // Messages that have been read may still have to be answered: `for await` would close the stream.
  try {
    for await (const message of messages.iterator({ destroyOnReturn: false })) await handle(message)
  } catch (error) {
    messages.destroy()
    throw error
  }

  function handle(message: M): unknown {
    return runReceived(name, carrier(message), (span) => fn(message, span), options)
  }
}

/** A stream of Node that can be written to as well, such as a gRPC call that streams both ways. */
interface DuplexLike<M> {
  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterable<M>
  write(chunk: unknown): unknown
  destroy(): unknown
}

function isDuplex<M>(
  messages: AsyncIterable<M> | Iterable<M>,
): messages is AsyncIterable<M> & DuplexLike<M> {
  return ['iterator', 'write', 'destroy'].every(
    (name) => typeof (messages as object as Record<string, unknown>)[name] === 'function',
  )
}

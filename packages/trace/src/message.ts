import type { Attributes, Span } from '@opentelemetry/api'
import { parentOf, runIn } from './api.ts'
import { type Carrier, extracted, inject } from './carrier.ts'
import { ROOT } from './context.ts'
import { type SpanOptions, span } from './span.ts'

export interface MessageOptions {
  /** @defaultValue none */
  readonly attributes?: Attributes
  /**
   * How a received message stands to its sender: `'child'` continues the sender's trace; `'link'` begins a new trace that links to it,
   * for batches and for senders who should not decide what is sampled. Has no effect on sending. @defaultValue 'child'
   */
  readonly relation?: 'child' | 'link'
}

/**
 * Runs `fn` in a producer span whose context has been written into `carrier`: the headers of a queue's message, a field of a WebSocket
 * message, the metadata of a stream. `fn` sends it.
 */
export function send<C extends Carrier, R>(
  name: string,
  carrier: C,
  fn: (carrier: C, span: Span) => R,
  options: MessageOptions = {},
): R {
  return span(name, options.attributes, (opened) => fn(inject(carrier), opened), {
    kind: 'producer',
  })
}

/** Runs `fn`, which handles one message, in a consumer span that continues the trace the message's `carrier` brings. */
export function receive<R>(
  name: string,
  carrier: Carrier | undefined,
  fn: (span: Span) => R,
  options: MessageOptions = {},
): R {
  const { attributes, relation = 'child' } = options
  const sender = carrier === undefined ? ROOT : extracted(carrier)
  if (relation === 'child') {
    return runIn(sender, () => span(name, attributes, fn, { kind: 'consumer' }))
  }
  const linked = parentOf(sender)
  const settings: SpanOptions = {
    kind: 'consumer',
    ...(linked === undefined ? {} : { links: [{ context: linked }] }),
  }
  return runIn(ROOT, () => span(name, attributes, fn, settings))
}

/**
 * Handles the messages of a stream one after the other, each in a span of its own ({@link receive}). Rejects with the first error of
 * the stream or of `fn`, after the stream has been closed. A stream in both directions is left open for answers when its messages end.
 */
export async function receiveEach<M>(
  name: string,
  messages: AsyncIterable<M> | Iterable<M>,
  carrierOf: (message: M) => Carrier | undefined,
  fn: (message: M, span: Span) => unknown,
  options: MessageOptions = {},
): Promise<void> {
  if (!isDuplex(messages)) {
    for await (const message of messages) await handle(message)
    return
  }
  // What has been read to its end may still have to be answered: `for await` would close both directions.
  try {
    for await (const message of messages.iterator({ destroyOnReturn: false })) await handle(message)
  } catch (error) {
    messages.destroy()
    throw error
  }

  function handle(message: M): unknown {
    return receive(name, carrierOf(message), (opened) => fn(message, opened), options)
  }
}

/** A stream of Node's that is also written to, such as a gRPC call with streams in both directions. */
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

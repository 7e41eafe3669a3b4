import type { Attributes, Span } from '@opentelemetry/api'
import { runIn } from '../context/active.ts'
import { rootContext } from '../context/root.ts'
import { parentOf } from '../context/span-context.ts'
import { type Check, optionCheck } from '../errors.ts'
import { type Carrier, extracted, injected } from '../propagation/carrier.ts'
import { type RunOptions, runInSpan } from '../span/span.ts'
import { checkCall, type SpanOptions } from '../span/span-options.ts'

export interface MessageOptions {
  /** Attributes of the span. @defaultValue none */
  readonly attributes?: Attributes | undefined
  /**
   * How the span of a received message relates to its sender: `'child'` continues the trace of the
   * sender; `'link'` starts a new trace that links to it, for batches and for senders that should
   * not decide about sampling. Ignored when sending.
   * @defaultValue 'child'
   */
  readonly relation?: 'child' | 'link' | undefined
}

const optionNames = ['attributes', 'relation'] as const
const sendCheck = optionCheck('send')
const receiveCheck = optionCheck('receive')
const producer: SpanOptions = { kind: 'producer' }

export function checkMessage(check: Check, options: MessageOptions): MessageOptions {
  const { attributes, relation } = check.options('options', options, optionNames)
  if (attributes !== undefined) check.object('attributes', attributes)
  if (relation !== undefined) check.oneOf('relation', relation, ['child', 'link'])
  return options
}

/**
 * Runs `fn`, which sends a message, in a producer span. Before that, the context of the span is
 * written into `carrier`: the headers of a queue message, a field of a WebSocket message, the
 * metadata of a stream.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function send<C extends Carrier, R>(
  name: string,
  carrier: C,
  fn: (carrier: C, span: Span) => R,
  options?: MessageOptions,
): R {
  checkCall(sendCheck, name, fn)
  if (options !== undefined) checkMessage(sendCheck, options)
  const attributes = options?.attributes
  return runInSpan(name, attributes, (span) => fn(injected(sendCheck, carrier), span), producer)
}

/**
 * Runs `fn`, which handles one message, in a consumer span that continues the trace that `carrier`,
 * the headers of the message, brings. A carrier without a valid context, whatever it is, starts a
 * new trace.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function receive<R>(
  name: string,
  carrier: Carrier | null | undefined,
  fn: (span: Span) => R,
  options?: MessageOptions,
): R {
  checkCall(receiveCheck, name, fn)
  if (options !== undefined) checkMessage(receiveCheck, options)
  return runReceived(name, carrier, fn, options)
}

/** {@link receive} with options that have been checked. */
export function runReceived<R>(
  name: string,
  carrier: Carrier | null | undefined,
  fn: (span: Span) => R,
  options: (MessageOptions & Pick<RunOptions, 'onEnd'>) | undefined,
): R {
  const sender = extracted(carrier)
  const attributes = options?.attributes
  const consumer: RunOptions = { kind: 'consumer', onEnd: options?.onEnd }
  if (options?.relation !== 'link') {
    return runIn(sender, () => runInSpan(name, attributes, fn, consumer))
  }
  const linked = parentOf(sender)
  const settings = linked === undefined ? consumer : { ...consumer, links: [{ context: linked }] }
  return runIn(rootContext, () => runInSpan(name, attributes, fn, settings))
}

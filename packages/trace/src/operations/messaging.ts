import type { Attributes, Span } from '@opentelemetry/api'
import { type Check, optionCheck } from '../errors.ts'
import { runReceived } from '../messaging/message.ts'
import { type Carrier, injected } from '../propagation/carrier.ts'
import * as semconv from '../semconv.ts'
import { runInSpan } from '../span/span.ts'
import { measured, processDuration, sendDuration } from './durations.ts'

/** Messages that are sent. */
export interface Publication {
  /** The product, as the conventions name it: `kafka`, `rabbitmq`, `aws_sqs` … */
  readonly system: string
  /** The topic or queue. */
  readonly destination: string
  /** The id of the message. @defaultValue none */
  readonly messageId?: string | undefined
  /** How many messages are sent together (integer >= 1). @defaultValue one */
  readonly batchSize?: number | undefined
  /** Further attributes of the span. @defaultValue none */
  readonly attributes?: Attributes | undefined
}

/** A message that is handled. */
export interface Delivery extends Publication {
  /** The headers of the message, whatever they are. @defaultValue none: a new trace */
  readonly headers?: Carrier | null | undefined
  /**
   * `'child'` continues the trace of the sender; `'link'` starts a new trace that links to it.
   * @defaultValue 'child'
   */
  readonly relation?: 'child' | 'link' | undefined
}

const names = ['system', 'destination', 'messageId', 'batchSize', 'attributes'] as const
const publishCheck = optionCheck('publish')
const processCheck = optionCheck('process')

/**
 * Runs `fn`, which sends messages, in a producer span by the conventions for messaging, and gives it
 * headers with the context of the span: new ones, to be merged into those of the message. The
 * duration is measured as `messaging.client.operation.duration`, if a meter provider is registered.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function publish<R>(
  what: Publication,
  fn: (headers: Record<string, string>, span: Span) => R,
): R {
  checkMessaging(publishCheck, what, names)
  if (typeof fn !== 'function') throw publishCheck.error('fn', 'a function', fn)
  const attributes = attributesOf(what, 'send')
  return runInSpan(
    `send ${what.destination}`,
    attributes,
    (span) => fn(injected<Record<string, string>>(publishCheck, {}), span),
    { kind: 'producer', onEnd: measured(sendDuration, attributes) },
  )
}

/**
 * Runs `fn`, which handles a message, in a consumer span by the conventions for messaging, which
 * continues the trace that the headers of the message bring. The duration is measured as
 * `messaging.process.duration`, if a meter provider is registered.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function process<R>(what: Delivery, fn: (span: Span) => R): R {
  checkMessaging(processCheck, what, [...names, 'headers', 'relation'])
  const { headers, relation } = what
  if (relation !== undefined) processCheck.oneOf('what.relation', relation, ['child', 'link'])
  if (typeof fn !== 'function') throw processCheck.error('fn', 'a function', fn)
  const attributes = attributesOf(what, 'process')
  return runReceived(`process ${what.destination}`, headers, fn, {
    attributes,
    relation,
    onEnd: measured(processDuration, attributes),
  })
}

function checkMessaging(check: Check, what: Delivery, known: readonly (keyof Delivery)[]): void {
  const given = check.options<Delivery>('what', check.object('what', what), known)
  check.string('what.system', given.system)
  check.string('what.destination', given.destination)
  if (given.messageId !== undefined) check.string('what.messageId', given.messageId)
  if (given.batchSize !== undefined) check.integer('what.batchSize', given.batchSize, { min: 1 })
  if (given.attributes !== undefined) check.object('what.attributes', given.attributes)
}

function attributesOf(what: Publication, operation: 'send' | 'process'): Attributes {
  const attributes: Attributes = {
    ...what.attributes,
    [semconv.messagingSystem]: what.system,
    [semconv.messagingDestinationName]: what.destination,
    [semconv.messagingOperationName]: operation,
    [semconv.messagingOperationType]: operation,
  }
  if (what.messageId !== undefined) attributes[semconv.messagingMessageId] = what.messageId
  if (what.batchSize !== undefined && what.batchSize > 1) {
    attributes[semconv.messagingBatchMessageCount] = what.batchSize
  }
  return attributes
}

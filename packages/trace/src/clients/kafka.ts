import { optionCheck } from '../errors.ts'
import { process, publish } from '../operations/messaging.ts'
import type { Carrier } from '../propagation/carrier.ts'
import { forwarding, has } from './forwarding.ts'

interface Message {
  readonly headers?: object | undefined
}
interface TopicMessages {
  readonly topic: string
  readonly messages: readonly Message[]
}

const producerCheck = optionCheck('kafkaProducer')
const consumerCheck = optionCheck('kafkaMessage')

/**
 * A producer of kafkajs, or of a client of its shape: `send` and `sendBatch` have a producer span for
 * each topic, and copies of the messages carry its context. The given one stays as it is.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function kafkaProducer<P extends object>(producer: P): P {
  if (!has(producer, 'send'))
    throw producerCheck.error('producer', 'a producer of kafkajs', producer)
  return forwarding(producer, (name, method) => {
    if (name === 'send') {
      return (record, ...rest) =>
        carrying(record as TopicMessages, (carried) => method(carried, ...rest))
    }
    if (name !== 'sendBatch') return undefined
    return (batch, ...rest) => {
      const { topicMessages = [] } = batch as { topicMessages?: readonly TopicMessages[] }
      const carriedAll: TopicMessages[] = []
      const next = (index: number): unknown => {
        const each = topicMessages[index]
        if (each === undefined) {
          return method({ ...(batch as object), topicMessages: carriedAll }, ...rest)
        }
        return carrying(each, (carried) => {
          carriedAll.push(carried)
          return next(index + 1)
        })
      }
      return next(0)
    }
  })
}

function carrying<R>(record: TopicMessages, send: (record: TopicMessages) => R): R {
  const { topic, messages } = record
  const what = { system: 'kafka', destination: topic, batchSize: Math.max(1, messages.length) }
  return publish(what, (headers) =>
    send({
      ...record,
      messages: messages.map((message) => ({
        ...message,
        headers: { ...message.headers, ...headers },
      })),
    }),
  )
}

/** What kafkajs gives to `eachMessage`. */
export interface KafkaPayload {
  readonly topic: string
  readonly message: { readonly headers?: object | undefined }
}

/**
 * `consumer.run({ eachMessage: kafkaMessage(handler) })`: each message is handled in a consumer span
 * that continues the trace of its sender.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function kafkaMessage<P extends KafkaPayload, R>(
  handler: (payload: P) => R,
): (payload: P) => R {
  if (typeof handler !== 'function') throw consumerCheck.error('handler', 'a function', handler)
  return (payload) =>
    process(
      {
        system: 'kafka',
        destination: payload.topic,
        headers: payload.message?.headers as Carrier | undefined,
      },
      () => handler(payload),
    )
}

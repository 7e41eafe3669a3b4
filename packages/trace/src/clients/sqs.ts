import { optionCheck } from '../errors.ts'

/** An attribute of an SQS message. */
export interface SqsAttribute {
  readonly DataType: string
  readonly StringValue: string
}

const check = optionCheck('sqsAttributes')

/**
 * Headers as `MessageAttributes` of `SendMessageCommand`, of which a message has at most ten.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function sqsAttributes(
  headers: Readonly<Record<string, string>>,
): Record<string, SqsAttribute> {
  return Object.fromEntries(
    Object.entries(check.object('headers', headers)).map(([name, value]) => [
      name,
      { DataType: 'String', StringValue: value },
    ]),
  )
}

/**
 * The headers that a received SQS message brings, for `process`. The consumer has to ask for them:
 * `MessageAttributeNames: ['traceparent', 'tracestate', 'baggage']`.
 */
export function sqsHeaders(message: {
  readonly MessageAttributes?: Readonly<Record<string, unknown>> | undefined
}): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, attribute] of Object.entries(message?.MessageAttributes ?? {})) {
    const value = (attribute as { readonly StringValue?: unknown } | null)?.StringValue
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}

import { codeOf } from '@clew/internal/errors/error'
import type { Attributes, Span } from '@opentelemetry/api'
import { optionCheck } from '../errors.ts'
import * as semconv from '../semconv.ts'
import { runInSpan } from '../span/span.ts'
import { measured, queryDuration } from './durations.ts'
import { maskedText, summaryOf } from './query-text.ts'

/** What is asked of which database. */
export interface Query {
  /** The product, as the conventions name it: `postgresql`, `mysql`, `redis`, `mongodb` … */
  readonly system: string
  /**
   * The text of the query, for SQL: its literals are replaced by `?`, and it is cut after 4096
   * characters. @defaultValue none
   */
  readonly text?: string | undefined
  /** The operation or command: `SELECT`, `HGET`, `findOne`. @defaultValue none */
  readonly operation?: string | undefined
  /** The table or collection. @defaultValue none */
  readonly collection?: string | undefined
  /** The database. @defaultValue none */
  readonly namespace?: string | undefined
  /** The host of the server. @defaultValue none */
  readonly address?: string | undefined
  /** Its port. @defaultValue none */
  readonly port?: number | undefined
  /** How many operations are sent together (integer >= 0; from 2 on it is shown). @defaultValue one */
  readonly batchSize?: number | undefined
  /** Further attributes of the span. @defaultValue none */
  readonly attributes?: Attributes | undefined
}

const names = [
  'system',
  'text',
  'operation',
  'collection',
  'namespace',
  'address',
  'port',
  'batchSize',
  'attributes',
] as const
const check = optionCheck('query')

/**
 * Runs `fn`, which asks a database, in a client span by the conventions for databases, and returns
 * what `fn` returns. An error is recorded and rethrown; its code is `db.response.status_code`. Values
 * of parameters are never recorded. The duration is measured as `db.client.operation.duration`, if a
 * meter provider is registered, whether the span is sampled or not.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function query<R>(what: Query, fn: (span: Span) => R): R {
  const given = check.options('what', check.object('what', what), names)
  check.string('what.system', given.system)
  for (const name of ['text', 'operation', 'collection', 'namespace', 'address'] as const) {
    const value: unknown = given[name]
    if (value !== undefined && typeof value !== 'string') {
      throw check.error(`what.${name}`, 'a string', value)
    }
  }
  if (given.port !== undefined) check.integer('what.port', given.port, { min: 0, max: 65_535 })
  if (given.batchSize !== undefined) check.integer('what.batchSize', given.batchSize, { min: 0 })
  if (given.attributes !== undefined) check.object('what.attributes', given.attributes)
  if (typeof fn !== 'function') throw check.error('fn', 'a function', fn)
  return runQuery(what, fn)
}

/** {@link query} with a description that has been checked. */
export function runQuery<R>(what: Query, fn: (span: Span) => R): R {
  const { system, text, operation, collection } = what
  const masked = text === undefined ? undefined : maskedText(text, system)
  const summary = masked === undefined ? undefined : summaryOf(masked)
  const target = [operation, collection].filter(Boolean).join(' ')
  const attributes = attributesOf(what, masked, summary)
  const record = measured(queryDuration, attributes)
  return runInSpan(summary ?? (target || system), attributes, fn, {
    kind: 'client',
    onEnd(span, failure) {
      const code = failure && codeOf(failure.error)
      if (code !== undefined) {
        attributes[semconv.dbResponseStatusCode] = code
        span.setAttribute(semconv.dbResponseStatusCode, code)
      }
      record(span, failure)
    },
  })
}

function attributesOf(
  what: Query,
  masked: string | undefined,
  summary: string | undefined,
): Attributes {
  const { namespace, address, port, batchSize } = what
  const attributes: Attributes = { ...what.attributes, [semconv.dbSystemName]: what.system }
  const set = (name: string, value: string | number | undefined) => {
    if (value !== undefined && value !== '') attributes[name] = value
  }
  set(semconv.dbOperationName, what.operation)
  set(semconv.dbCollectionName, what.collection)
  set(semconv.dbNamespace, namespace)
  set(semconv.dbQuerySummary, summary)
  set(semconv.dbQueryText, masked)
  set(semconv.serverAddress, address)
  set(semconv.serverPort, port)
  if (batchSize !== undefined && batchSize > 1) set(semconv.dbOperationBatchSize, batchSize)
  return attributes
}

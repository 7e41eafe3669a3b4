import type { IncomingMessage } from 'node:http'
import type { RequestRecord } from '@clew/internal/requests/contract'
import type { Middleware } from '@clew/internal/requests/middleware'
import { recordOf } from '@clew/internal/requests/record'
import { findRecord } from '@clew/internal/requests/slot'
import { SecurityError } from '../errors.ts'
import { type Denied, denied, send } from '../guard/answer.ts'
import { type Check, optionCheck } from '../options.ts'
import { type RequestState, stateOf } from '../requests/state.ts'
import { type Checked, checkInputs } from './check.ts'
import { readValidateOptions, type ValidateOptions, type ValidateSettings } from './options.ts'
import type { InputSchemas, Inputs } from './parts.ts'
import { type FetchKnown, fetchSource, type InputSource, type Known, nodeSource } from './source.ts'

declare const made: unique symbol

/** What is done about a request whose inputs are refused. */
export interface InputReports {
  /** No guard has let it in. */
  uncovered(req: IncomingMessage): void
  refused(record: RequestRecord, checked: Exclude<Checked, 'gone' | { values: object }>): void
}

/** A response, or that nobody waits for one. */
export type InputAnswer = Denied | 'gone' | undefined

/**
 * Checks inputs behind a guard: a middleware, after the guard of a route.
 *
 * @typeParam I - what the schemas have made of the inputs
 */
export type Validator<I = unknown> = Middleware & {
  /** For the types only: nothing has it. */
  readonly [made]?: I
  /**
   * Only the check, for frameworks that send responses in their own way. Undefined: the inputs are
   * right. `'gone'`: the client has left, so that there is nothing to answer.
   */
  check(req: IncomingMessage, known?: Known): Promise<InputAnswer>
  /** The same about a request of fetch, for {@link fetchInputs} and adapters. */
  checkFetch(request: Request, known: FetchKnown): Promise<InputAnswer>
}

export type InputsOf<V> = V extends { readonly [made]?: infer I } ? Exclude<I, undefined> : never

// Other copies of this package know it, too.
const marker = Symbol.for('@clew/security/validator/v1')

/** A clear error for whoever passes on something else. */
export function requireValidator(check: Check, value: unknown): void {
  if (typeof value === 'function' && marker in value) return
  throw check.error('validator', 'what api.validate(…) returns', value)
}

export function createValidator<const S extends InputSchemas>(
  schemas: S,
  options: ValidateOptions | undefined,
  reports: InputReports,
): Validator<Inputs<S>> {
  const settings = readValidateOptions(optionCheck('api.validate'), schemas, options)
  const check: Validator['check'] = async (req, known = {}) =>
    judge(validator, { record: recordOf(req), settings, reports }, nodeSource(req, known))
  const checkFetch: Validator['checkFetch'] = async (request, known) => {
    const record = recordOf((known.incoming ?? request) as IncomingMessage)
    return judge(validator, { record, settings, reports }, fetchSource(request, known))
  }
  const middleware: Middleware = (req, res, next) => {
    // Not caught: what the application throws in `next` is the application's error.
    void check(req).then((answer) => {
      if (answer === undefined) next()
      else if (answer !== 'gone') send(req, res, answer)
    })
  }
  const validator: Validator<Inputs<S>> = Object.assign(middleware, { check, checkFetch })
  return Object.defineProperty(validator, marker, { value: true })
}

interface Judging {
  readonly record: RequestRecord
  readonly settings: ValidateSettings
  readonly reports: InputReports
}

async function judge(
  by: object,
  { record, settings, reports }: Judging,
  source: InputSource,
): Promise<InputAnswer> {
  const state = stateOf(record)
  // Nobody knows who sends it: nothing of it is read.
  if (state.operation === undefined) {
    reports.uncovered(record.req)
    return denied('no_policy')
  }
  const checked = await checkInputs(source, settings)
  if (checked === 'gone') return 'gone'
  if ('values' in checked) {
    state.inputs = [...state.inputs, { by, values: checked.values }]
    return undefined
  }
  reports.refused(record, checked)
  return checked.denied
}

/**
 * The inputs of a request, as the schemas of a validator have made them.
 *
 * @param req - Node's request (`request.raw` of Fastify, `ctx.req` of Koa), or one of fetch
 * @throws SecurityError `ERR_SECURITY_NO_INPUTS` if this validator has not checked the request
 */
export function inputs<I>(req: IncomingMessage | Request, validator: Validator<I>): I {
  const state = findRecord(req as IncomingMessage)?.security as RequestState | undefined
  const found = state?.inputs?.findLast(({ by }) => by === validator)
  if (found) return found.values as I
  throw new SecurityError(
    'ERR_SECURITY_NO_INPUTS',
    'security.inputs: req must be a request that this validator has checked; received one that it has not',
  )
}

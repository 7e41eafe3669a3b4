import { deadline } from '../limits/deadline.ts'
import { isPromise } from '../policy/maybe-promise.ts'
import { type Bytes, parseBody, readBody } from './body.ts'
import { type Fault, faultAt, faultsOf } from './fault.ts'
import { fieldsOf, queryOf, unsafeNames } from './fields.ts'
import { isAllowed, isForm, isJson, isUtf8, mediaTypeOf } from './media-type.ts'
import type { ValidateSettings } from './options.ts'
import type { Part } from './parts.ts'
import { failed, invalid, type Refused, timedOut, tooLarge, unsupported } from './refusal.ts'
import type { InputSource } from './source.ts'
import type { StandardResult, StandardSchema } from './standard-schema.ts'

/** What came out of a check. */
export type Checked =
  | { readonly values: Readonly<Record<string, unknown>> }
  /** A schema that has failed, with the error. */
  | (Refused & { readonly part?: Part; readonly error?: unknown })
  /** Nobody waits for the response. */
  | 'gone'

/** Checks every part of a request, and collects all their faults. Never rejects. */
export async function checkInputs(
  source: InputSource,
  settings: ValidateSettings,
): Promise<Checked> {
  const faults: Fault[] = []
  const values: Record<string, unknown> = {}
  let signal: AbortSignal | undefined
  for (const [part, schema] of settings.schemas) {
    let value: unknown
    if (part === 'body') {
      const body = await bodyOf(source, settings)
      if (body === 'gone' || 'denied' in body) return body
      if ('fault' in body) {
        faults.push(body.fault)
        continue
      }
      value = body.value
    } else value = fieldsOfPart(part, source)
    const unsafe = unsafeNames(part, value, settings)
    if (unsafe.length > 0) {
      faults.push(...unsafe)
      continue
    }
    try {
      let result = schema.validate(value) as ReturnType<StandardSchema['~standard']['validate']>
      if (isPromise(result)) {
        const late = result as Promise<StandardResult<unknown>>
        signal ??= AbortSignal.timeout(settings.timeoutMs)
        result = await deadline(async () => late, signal)
      }
      const { issues, value: output } = result as { issues?: unknown; value?: unknown }
      if (issues === undefined) values[part] = output
      else faults.push(...faultsIn(issues, { part, value, messages: settings.messages }))
    } catch (error) {
      if (signal?.aborted) return { ...failed('schema_timed_out'), part }
      return { ...failed('schema_failed'), part, error }
    }
  }
  return faults.length > 0 ? invalid(faults, settings.maxErrors) : { values: Object.freeze(values) }
}

/** At least one: a schema that refuses without a reason has refused. */
function faultsIn(issues: unknown, source: Parameters<typeof faultsOf>[1]): readonly Fault[] {
  const faults = new Map<string, Fault>()
  for (const issue of issues as Parameters<typeof faultsOf>[0][]) {
    for (const fault of faultsOf(issue, source)) faults.set(JSON.stringify(fault), fault)
  }
  return faults.size > 0 ? [...faults.values()] : [faultAt(source.part, [], 'is not valid')]
}

function fieldsOfPart(part: 'params' | 'query' | 'headers', source: InputSource): object {
  return part === 'query' ? queryOf(source.url) : fieldsOf(source[part])
}

/** The body as a value, or why there is none. */
async function bodyOf(
  source: InputSource,
  settings: ValidateSettings,
): Promise<{ readonly value: unknown } | { readonly fault: Fault } | Refused | 'gone'> {
  const { headers, parsed, stream } = source
  if (!source.hasBody) return { value: undefined }
  const { maxBytes, mediaTypes } = settings
  const type = mediaTypeOf(headers['content-type'])
  if (type === undefined || !isAllowed(type, mediaTypes)) {
    return unsupported({ Accept: mediaTypes.names.join(', ') })
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) return tooLarge(maxBytes)
  if (parsed !== undefined) return { value: parsed }
  if (stream === undefined) return failed('body_already_read')
  const coding = headers['content-encoding']
  if (coding !== undefined && coding !== 'identity') {
    return unsupported({ 'Accept-Encoding': 'identity' })
  }
  if ((isJson(type) || isForm(type)) && !isUtf8(type)) {
    return unsupported({ Accept: mediaTypes.names.join(', ') })
  }
  const body: Bytes = await readBody(stream, settings)
  if ('fault' in body) {
    if (body.fault === 'too_large') return tooLarge(maxBytes)
    return body.fault === 'timed_out' ? timedOut : 'gone'
  }
  // HTTP/2 and chunks say only now that there is nothing.
  if (body.bytes.length === 0) return { value: undefined }
  return (
    parseBody(body.bytes, type) ?? {
      fault: faultAt('body', [], `is not valid ${isJson(type) ? 'JSON' : 'UTF-8'}`),
    }
  )
}

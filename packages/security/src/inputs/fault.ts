import { visible } from '@clew/internal/errors/show'
import type { Part } from './parts.ts'
import type { StandardIssue } from './standard-schema.ts'

/** One fault of a request, as the response lists it. It repeats nothing of a value. */
export interface Fault {
  readonly in: Part
  /** The parameter, the key of the query or the header. */
  readonly name?: string
  /** Where in the body, or below a name: a JSON pointer (RFC 6901) as a fragment. */
  readonly pointer?: string
  readonly detail: string
}

const maxPathParts = 100
const maxNameLength = 256
const maxMessageLength = 200

/** The fault at one place. */
export function faultAt(part: Part, path: readonly PropertyKey[], detail: string): Fault {
  const keys = path.slice(0, maxPathParts).map((key) => String(key).slice(0, maxNameLength))
  if (part === 'body') return { in: part, pointer: pointerOf(keys), detail }
  const [name] = keys
  if (name === undefined) return { in: part, detail }
  return keys.length > 1
    ? { in: part, name, pointer: pointerOf(keys), detail }
    : { in: part, name, detail }
}

/** RFC 6901, sections 3 and 6. */
function pointerOf(keys: readonly string[]): string {
  const tokens = keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  // Half a surrogate pair cannot be encoded.
  const text = tokens.join('').replace(/\p{Cs}/gu, '\ufffd')
  return `#${encodeURI(text).replaceAll('#', '%23').replaceAll('?', '%3F')}`
}

/** Whose messages are shown. */
export interface IssueSource {
  readonly part: Part
  readonly value: unknown
  readonly messages: boolean
}

/** The faults of one issue: several for what zod says of unknown keys, which are beside the path. */
export function faultsOf(issue: StandardIssue, { part, value, messages }: IssueSource): Fault[] {
  const path = [...(issue.path ?? [])].map((step) =>
    typeof step === 'object' && step !== null ? step.key : step,
  )
  const { code, keys } = issue as { readonly code?: unknown; readonly keys?: unknown }
  const places =
    code === 'unrecognized_keys' && Array.isArray(keys) && keys.length > 0
      ? keys.map((key) => [...path, String(key)])
      : [path]
  return places.map((place) =>
    faultAt(part, place, messages ? messageOf(issue) : sayingOf(value, place)),
  )
}

function sayingOf(value: unknown, path: readonly PropertyKey[]): string {
  let current = value
  for (const key of path) {
    if (current === undefined || current === null) break
    current = (current as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return current === undefined ? 'is missing' : 'is not valid'
}

const messageOf = ({ message }: StandardIssue) =>
  visible(String(message).slice(0, maxMessageLength))

import { below } from '../redaction/path-rules.ts'
import type { Redaction } from '../redaction/redaction.ts'
import { redacted } from '../redaction/text-names.ts'
import { typeOf } from '../values/reading.ts'

const maxMembers = 3

/**
 * The message of an error for the line that is about it. Where it has none, those of its members, or
 * what kind of error it is; `[redacted]` where a rule hides it; 'error' where there is no text.
 */
export function messageOf(err: unknown, redaction: Redaction): string {
  const rules = redaction.field('err')
  const hides = (key: string) =>
    rules === 'hide' || below(rules, key) === 'hide' || redaction.hides(key)
  try {
    const { message } = err as { readonly message?: unknown }
    if (hides('message') || redaction.hides('err')) return redacted
    if (typeof message !== 'string') return 'error'
    if (message !== '') return message
    const { errors } = err as { readonly errors?: unknown }
    // What is hidden in some of the members is not looked at here.
    const showsMembers = !hides('errors') && rules !== 'hide' && below(rules, 'errors').length === 0
    return (showsMembers && messagesOf(errors)) || typeOf(err as Error) || 'error'
  } catch {
    return 'error'
  }
}

/** `connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432`; empty where there are none. */
function messagesOf(errors: unknown): string {
  if (!Array.isArray(errors)) return ''
  const messages = (errors as readonly unknown[])
    .slice(0, maxMembers)
    .map((error) => (error as { readonly message?: unknown } | null | undefined)?.message)
    .filter((message) => typeof message === 'string' && message !== '')
  if (messages.length > 0 && errors.length > maxMembers) messages.push('…')
  return messages.join('; ')
}

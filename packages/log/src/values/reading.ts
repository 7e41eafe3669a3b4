import { types } from 'node:util'
import { reasonOf } from '@clew/internal/errors/reason'
import { isSecret } from './secret.ts'

export function nameOf(value: unknown): string {
  try {
    return String((value as { name?: unknown }).name)
  } catch {
    return ''
  }
}

/** The name of an error. What a serializer made of one has it as its type. */
export function typeOf(error: Error & { readonly type?: unknown }): string {
  return (
    error.name || (typeof error.type === 'string' && error.type) || constructorOf(error as object)
  )
}

/** Whether a value is marked as a secret; a proxy may throw. */
export function isMarked(value: object): boolean {
  if (!types.isProxy(value)) return isSecret(value)
  try {
    return isSecret(value)
  } catch {
    return false
  }
}

/** Whether a proxy answers; one that throws may still have keys. */
export function isReadable(value: object): boolean {
  try {
    void (value as { readonly toJSON?: unknown }).toJSON
    return true
  } catch {
    return false
  }
}

/** Whether a value is an error; one behind a proxy or of another realm is one too. Never throws. */
export function isError(value: unknown): value is Error {
  if (types.isNativeError(value)) return true
  if (typeof value !== 'object' || value === null) return false
  try {
    return types.isProxy(value) && isErrorLike(value)
  } catch {
    return false
  }
}

/** Whether a value looks like an error. Throws what a getter throws. */
export function isErrorLike(value: object): value is Error {
  const { stack, message } = value as { readonly stack?: unknown; readonly message?: unknown }
  if (typeof message !== 'string') return false
  // Behind a proxy, V8 may not show the stack.
  return typeof stack === 'string' || value instanceof Error
}

/** The message as a string, whatever it is; empty where it cannot be read. */
export function messageText(error: Error): string {
  try {
    return String(error.message)
  } catch {
    return ''
  }
}

export function constructorOf(value: object): string {
  try {
    return String(value.constructor?.name ?? 'Object')
  } catch {
    return 'Object'
  }
}

/** Stands in for a value whose reading threw. */
export function unreadable(error: unknown): string {
  return `[Unreadable: ${reasonOf(error)}]`
}

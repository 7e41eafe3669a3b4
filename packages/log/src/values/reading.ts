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

export function isSecretProxy(value: object): boolean {
  try {
    return isSecret(value)
  } catch {
    return false
  }
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

import { kindCheck } from '../declaration/variable-kind.ts'

/** Checks the option `protocols`. Returns a copy, or undefined if any scheme is accepted. */
export function protocolList(type: string, value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.length > 0 && value.every(isProtocol)) return [...value]
  throw kindCheck(type).error('protocols', "an array of schemes such as ['https:']", value)
}

function isProtocol(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z][a-z0-9+.-]*:$/.test(value)
}

/** ` that starts with https:// or wss://`. */
export function protocolText(allowed: readonly string[]): string {
  return ` that starts with ${allowed.map((protocol) => `${protocol}//`).join(' or ')}`
}

/** A regular expression of these schemes, in any case. */
export function protocolPattern(allowed: readonly string[]): string {
  return `(${allowed.map(anyCase).join('|')})`
}

function anyCase(protocol: string): string {
  return protocol
    .replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)
    .replace(/[.+]/g, '\\$&')
}

/**
 * What to say of another scheme. What precedes the first colon may not be a scheme but, for
 * example, a user name: then it is not quoted.
 */
export function protocolHint(text: string, allowed: readonly string[]): string | undefined {
  const [, protocol] = /^([a-z.-]{1,16}:)\/\//i.exec(text) ?? []
  return protocol && `it starts with ${protocol} instead of ${allowed.join(' or ')}`
}

import type { Check } from '../../options.ts'

/** What a claim must be, exactly. */
export type ClaimValue = string | number | boolean

/**
 * Claims with the value that each must have, or several, of which it must have one. A claim that is
 * an array must contain it.
 */
export type ClaimValues = Readonly<Record<string, ClaimValue | readonly ClaimValue[]>>

/** The same, read: claims in turn with the values that are right. */
export type ClaimList = readonly (readonly [claim: string, values: readonly ClaimValue[]])[]

type Claims = Readonly<Record<string, unknown>>

/** @param option - the option or argument that holds them */
export function claimValuesOption(check: Check, option: string, value: ClaimValues): ClaimList {
  return Object.entries(check.object(option, value)).map(([claim, given]) => {
    const values: readonly unknown[] = Array.isArray(given) ? given : [given]
    if (values.length > 0 && values.every(isValue)) return [claim, Object.freeze([...values])]
    const expected = 'a string, a finite number, true or false, or an array of at least one of them'
    throw check.error(`${option}[${JSON.stringify(claim)}]`, expected, given)
  })
}

/** Whether each of these claims has one of its values. */
export function hasClaims(claims: Claims, list: ClaimList): boolean {
  return list.every(([claim, values]) => {
    if (!Object.hasOwn(claims, claim)) return false
    const value = claims[claim]
    return Array.isArray(value)
      ? value.some((each) => values.includes(each))
      : values.includes(value as ClaimValue)
  })
}

/** `hd=example.com tier=gold|platinum` */
export function describeClaims(list: ClaimList): string {
  return list.map(([claim, values]) => `${claim}=${values.join('|')}`).join(' ')
}

const isValue = (value: unknown): value is ClaimValue =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)

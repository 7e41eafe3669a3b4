export const redacted = '[redacted]'

/** Which names in texts stand before a credential. */
export interface TextNames {
  /** In any text. */
  field(name: string): boolean
  /** In a query or a form. */
  parameter(name: string): boolean
  /** Whether a value is none all the same: the number of tokens. */
  spares(name: string, value: unknown): boolean
}

/** Percent-encoded characters of ASCII decoded; never throws, also where others are broken. */
export function decoded(text: string): string {
  return text.includes('%')
    ? text.replace(/%([0-7][\da-f])/gi, (_all, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
    : text
}

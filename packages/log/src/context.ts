import type { Fields } from './line.ts'

/** The fields that many lines share: a logger's, or a logger's and a scope's. Made plain once, encoded once per format. */
export interface Context {
  readonly fields: Fields
  /** Names that a call cannot overwrite: those a middleware has written. */
  readonly owned: ReadonlySet<string>
  /** The encoded fields of the JSON format, made on first use. */
  json: string | undefined
}

export const noNames: ReadonlySet<string> = new Set()

export function createContext(fields: Fields, owned: ReadonlySet<string> = noNames): Context {
  return { fields, owned, json: undefined }
}

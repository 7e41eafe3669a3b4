import { misuse } from './errors.ts'

/** Under a registered symbol, not enumerable: `sources` of any copy of this package finds it. */
export const recordKey: unique symbol = Symbol.for('@clew/config/record/v1') as never

/** Where one value came from. */
export interface SourceRow {
  readonly variable: string
  /** Where it stands in the configuration, such as `database.url`. */
  readonly path: string
  /** `environment`, `file /run/secrets/x`, `.env:12`, `option --http-addr`, `default` or `unset`. */
  readonly source: string
  /**
   * The value as a text, cut to 64 characters; `[redacted]` for a secret; `undefined` when it is not set. Of what a schema made
   * an object of, only that it is one.
   */
  readonly value: string | undefined
}

/** A secret that came from a file, and how to read it again. */
export interface SecretFile {
  readonly variable: string
  readonly path: string
  readonly file: string
  readonly maxBytes: number
  /** The text that is in use. */
  readonly text: string
  /** Takes a new text. `false`: its kind refuses it, and the old value stays. */
  accept(text: string): boolean
}

export interface LoadRecord {
  /** Both are made when somebody asks: most processes never do. */
  rows(): readonly SourceRow[]
  /** The same ones each time: they know what a watch has taken. */
  secretFiles(): readonly SecretFile[]
}

/** For each variable, in the order of the declaration: where its value came from, and the value unless it is a secret. */
export function sources(configuration: object): readonly SourceRow[] {
  return Object.freeze(recordOf('config.sources', configuration).rows())
}

export function recordOf(owner: string, configuration: object): LoadRecord {
  const record = (configuration as { [recordKey]?: LoadRecord } | null)?.[recordKey]
  if (!record) throw misuse('ERR_CONFIG_OPTION', `${owner}: takes what config.load returned`)
  return record
}

import type { ReportListener } from '@clew/internal/reports/reporter'
import { checkOf } from '../declaration/mistakes.ts'

/** A registered symbol, not enumerable: `sources` of any copy of this package finds the record. */
export const recordKey: unique symbol = Symbol.for('@clew/config/record/v1') as never

/** Where one value came from. */
export interface SourceRow {
  readonly variable: string
  /** Its path in the configuration, such as `database.url`. */
  readonly path: string
  /**
   * `environment`, `file /run/secrets/x`, `.env:12`, `option --http-addr`, `default` or `unset`;
   * `environment as OLD_ADDR` if it was found by a former name.
   */
  readonly source: string
  /**
   * The value as text, cut to 64 characters; `[redacted]` for a secret; `undefined` if it is not
   * set; only the type of an object that a schema returned.
   */
  readonly value: string | undefined
}

/** A secret that came from a file. */
export interface SecretFile {
  readonly variable: string
  readonly path: string
  readonly file: string
  readonly maxBytes: number
  /** The text of the current value. */
  readonly text: string
  /** Replaces the value. Returns false, and keeps the old value, if the kind refuses the text. */
  accept(text: string): boolean
}

/** How a configuration was read. */
export interface LoadRecord {
  /** Created on demand, like the secret files: most processes never need them. */
  rows(): readonly SourceRow[]
  /** Adds a listener for reports of `load` itself, which waits for the first one. */
  subscribe?(listener: ReportListener): (() => void) | undefined
  /** Returns the same objects at each call: they hold the text that a watch has accepted. */
  secretFiles(): readonly SecretFile[]
}

/** @param caller - the public function that was given the configuration: `config.watch` */
export function recordOf(configuration: object, caller: string): LoadRecord {
  const record = (configuration as { [recordKey]?: LoadRecord } | null | undefined)?.[recordKey]
  if (record) return record
  throw checkOf(caller).error('configuration', 'what config.load returned', configuration)
}

/**
 * The source and the value (unless it is secret) of each variable, in the order of the declaration.
 */
export function sources(configuration: object): readonly SourceRow[] {
  return Object.freeze(recordOf(configuration, 'config.sources').rows())
}

import type { Redaction } from '../redaction/redaction.ts'
import type { MakePlain } from '../values/plain-maker.ts'
import type { KeyTable } from './keys.ts'
import type { Preset } from './presets.ts'

/** What every encoder of one logger shares. */
export interface Encoding {
  readonly keys: KeyTable
  readonly redaction: Redaction
  readonly plain: MakePlain
  readonly preset: Preset
  readonly maxValueBytes: number
  readonly maxLineBytes: number
  /** How many lines were cut because they were longer than `maxLineBytes`. */
  readonly counts: { truncated: number }
  readonly maxFields: number
}

import { callerOf } from '../caller.ts'
import { Entry } from '../line/entry.ts'
import { type Fields, isFields } from '../line/fields.ts'
import { statementOf } from '../line/statement.ts'
import type { Redaction } from '../redaction/redaction.ts'
import type { MakePlain } from '../values/plain-maker.ts'
import type { LogOptions } from './options.ts'

/** Makes entries of what callers pass, as it is now. */
export class EntryMaker {
  /** Whether each entry has fields that no caller gave. */
  readonly generates: boolean
  private readonly plain: MakePlain
  private readonly redaction: Redaction
  private readonly generate: LogOptions['generate']
  private readonly caller: boolean

  constructor(plain: MakePlain, redaction: Redaction, { generate, caller = false }: LogOptions) {
    this.plain = plain
    this.redaction = redaction
    this.generate = generate
    this.caller = caller
    this.generates = generate !== undefined || caller
  }

  entryOf(severity: number, msg: unknown, fields: unknown, err?: unknown): Entry {
    if (typeof fields === 'function') {
      const lazy = this.entryOf(severity, msg, undefined, err)
      lazy.lazy = fields as () => unknown
      return lazy
    }
    const time = Date.now()
    const generated = this.generates ? this.generated() : undefined
    let entry: Entry
    if (typeof msg === 'string' && (fields === undefined || isFields(fields))) {
      entry = new Entry(time, severity, msg, fields)
      entry.err = err
    } else {
      const statement = statementOf({ msg, fields, err }, this.plain, this.redaction)
      entry = new Entry(time, severity, statement.msg, statement.fields)
      entry.err = statement.err
    }
    entry.generated = generated
    return entry
  }

  private generated(): Fields {
    const file = this.caller ? callerOf() : undefined
    const position = file === undefined ? {} : { file }
    try {
      return { ...this.generate?.(), ...position }
    } catch {
      return position
    }
  }
}

import { developmentReason } from '@clew/internal/development/mode'
import { type Check, optionsOf } from '../errors.ts'
import type { Encoding } from '../formats/encoding.ts'
import { createKeys } from '../formats/keys.ts'
import { namingOf } from '../formats/names.ts'
import { infoSeverity, levelOption, warnSeverity } from '../level.ts'
import { Context } from '../line/context.ts'
import { Entry } from '../line/entry.ts'
import { Keeper } from '../line/keeper.ts'
import { createRedaction } from '../redaction/redaction.ts'
import { createPlain } from '../values/plain-maker.ts'
import { complain } from '../writer/complaint.ts'
import type { Sink } from '../writer/sink.ts'
import { EntryMaker } from './entry-maker.ts'
import { type LeftOut, Limiter } from './limiter.ts'
import { namedLevels } from './named-levels.ts'
import {
  checkedOptions,
  type HoldSettings,
  holdSettings,
  type LogOptions,
  limitsOf,
  lineLimitOf,
  type ScopeLimits,
  scopeLimits,
} from './options.ts'
import { openSinks } from './sinks.ts'

/** What the options of one logger are made into. */
export interface EngineParts {
  readonly level: number
  /** Of loggers with a name. */
  readonly named: ReadonlyMap<string, number>
  /** Undefined: nothing is held. */
  readonly hold: HoldSettings | undefined
  /** Why nothing is held though nobody has asked for that; undefined: somebody has, or it is. */
  readonly developmentReason: string | undefined
  readonly scopes: ScopeLimits
  readonly encoding: Encoding
  readonly entries: EntryMaker
  readonly keeper: Keeper
  /** Undefined: each line is written. */
  readonly limiter: Limiter | undefined
  readonly sinks: readonly Sink[]
}

/**
 * Checks the options and opens the outputs, in this order: with a wrong option, nothing is opened.
 * @param caller - the public function, as a user writes it
 * @param reportLeftOut - called with what `limit` leaves out
 */
export function createParts(
  caller: string,
  options: LogOptions,
  reportLeftOut: (leftOut: LeftOut) => void,
): EngineParts {
  const check: Check = optionsOf(caller)
  const checked = checkedOptions(check, options)
  const limits = limitsOf(check, checked)
  const { maxValueBytes, maxFields } = limits
  const naming = namingOf(check, checked.names)
  const reason = checked.hold === undefined ? developmentReason() : undefined
  const holdOption = checked.hold ?? reason === undefined
  const hold = holdSettings(check, holdOption)
  const scopes = scopeLimits(check, holdOption)
  const redaction = createRedaction(check, checked.redact, complain)
  const level = levelOption(check, 'level', checked.level ?? 'info')
  const named = namedLevels(check, checked.levels)
  const plain = createPlain(redaction, limits)
  const encoding: Encoding = {
    keys: createKeys(redaction, naming.renamed, naming.preset.adds),
    preset: naming.preset,
    redaction,
    plain,
    maxValueBytes,
    maxLineBytes: lineLimitOf(check, checked),
    counts: { truncated: 0 },
    maxFields,
  }
  return {
    level,
    named,
    hold,
    developmentReason: reason,
    scopes,
    encoding,
    entries: new EntryMaker(plain, redaction, checked),
    keeper: new Keeper(plain, redaction, maxValueBytes),
    limiter: checked.limit && new Limiter(check, checked.limit, reportLeftOut),
    sinks: openSinks({ check, encoding, lossEntry }, checked.outputs),
  }
}

const noFields = new Context({})

/** The line that says how many are missing. */
export function lossEntry(dropped: number, time: number = Date.now()): Entry {
  const entry = new Entry(time, warnSeverity, 'log lines dropped', { dropped })
  return entry.at(noFields, undefined, undefined)
}

/** The line that says how many lines with one message `limit` has left out. */
export function leftOutEntry({ msg, severity, lines, intervalMs }: LeftOut): Entry {
  const fields = { left_out: lines, of: msg ?? 'other messages', interval_ms: intervalMs }
  return new Entry(Date.now(), severity, 'lines left out', fields).at(
    noFields,
    undefined,
    undefined,
  )
}

/** The line that says why good requests are written, too. */
export function developmentEntry(reason: string): Entry {
  const msg = `every line is written, since ${reason}; with NODE_ENV=production, only what failed or was slow`
  return new Entry(Date.now(), infoSeverity, msg, {}).at(noFields, undefined, undefined)
}

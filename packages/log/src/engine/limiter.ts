import { monotonicMs } from '@clew/internal/time/clock'
import type { Check } from '../errors.ts'
import { type Level, levelOption, levels } from '../level.ts'
import { processState } from '../process-state.ts'
import { clearTimeout, setTimeout } from '../timers.ts'

/** How often lines with the same message are written. */
export interface LimitOptions {
  /** Lines with one message that are written in each interval (integer >= 1). @defaultValue 100 */
  readonly lines?: number
  /**
   * Of the lines beyond, one in so many is written (integer >= 0; 0: none of them).
   * @defaultValue 0
   */
  readonly thenEvery?: number
  /** The length of an interval, in milliseconds (integer, 10 to 86_400_000). @defaultValue 1000 */
  readonly intervalMs?: number
  /** Lines above this level are never left out. @defaultValue 'warn' */
  readonly upTo?: 'debug' | 'info' | 'warn'
  /**
   * Messages that are counted at the same time (integer >= 1). Further ones share one count.
   * @defaultValue 1000
   */
  readonly maxMessages?: number
}

const names = ['lines', 'thenEvery', 'intervalMs', 'upTo', 'maxMessages'] as const
const limited: readonly Level[] = levels.filter((level) => level !== 'error' && level !== 'fatal')

interface Count {
  lines: number
  leftOut: number
  severity: number
}

/** What is left out of one message in one interval. */
export interface LeftOut {
  /** Undefined: of all messages for which there was no count of their own. */
  readonly msg: string | undefined
  readonly severity: number
  readonly lines: number
  readonly intervalMs: number
}

/** Those that have left out lines and not yet said so. */
const waiting: Set<Limiter> = processState('limiters', () => new Set())

/** For a process that ends now: reports what all limiters have left out. */
export function finishLimiters(): void {
  for (const limiter of [...waiting]) limiter.finish()
}

/** Counts lines by message, and says which are too many. */
export class Limiter {
  private readonly counts = new Map<string | undefined, Count>()
  private readonly settings: Required<Omit<LimitOptions, 'upTo'>>
  private readonly upTo: number
  private readonly report: (leftOut: LeftOut) => void
  private ends = Number.NEGATIVE_INFINITY
  private timer: NodeJS.Timeout | undefined = undefined

  /** @param report - called for each message of which something was left out, at most once an interval */
  constructor(check: Check, options: LimitOptions, report: (leftOut: LeftOut) => void) {
    const {
      lines = 100,
      thenEvery = 0,
      intervalMs = 1000,
      upTo = 'warn',
      maxMessages = 1000,
    } = check.options('limit', options, names)
    this.settings = {
      lines: check.integer('limit.lines', lines, { min: 1 }),
      thenEvery: check.integer('limit.thenEvery', thenEvery, { min: 0 }),
      intervalMs: check.integer('limit.intervalMs', intervalMs, { min: 10, max: 86_400_000 }),
      maxMessages: check.integer('limit.maxMessages', maxMessages, { min: 1 }),
    }
    this.upTo = levelOption(check, 'limit.upTo', check.oneOf('limit.upTo', upTo, limited))
    this.report = report
  }

  /** Whether a line is to be written. */
  takes(severity: number, msg: unknown): boolean {
    if (severity > this.upTo || typeof msg !== 'string') return true
    const now = monotonicMs()
    const { lines, thenEvery, intervalMs } = this.settings
    if (now >= this.ends) {
      this.finish()
      this.counts.clear()
      this.ends = now + intervalMs
    }
    const count = this.countOf(msg, severity)
    count.lines++
    const beyond = count.lines - lines
    if (beyond <= 0 || (thenEvery > 0 && beyond % thenEvery === 0)) return true
    count.leftOut++
    if (severity > count.severity) count.severity = severity
    if (this.timer === undefined) {
      waiting.add(this)
      this.timer = setTimeout(() => this.finish(), this.ends - now).unref()
    }
    return false
  }

  private countOf(msg: string, severity: number): Count {
    const key =
      this.counts.has(msg) || this.counts.size < this.settings.maxMessages ? msg : undefined
    let count = this.counts.get(key)
    if (count === undefined) {
      count = { lines: 0, leftOut: 0, severity }
      this.counts.set(key, count)
    }
    return count
  }

  /** Reports what was left out so far. */
  finish(): void {
    if (this.timer !== undefined) clearTimeout(this.timer)
    this.timer = undefined
    waiting.delete(this)
    for (const [msg, count] of this.counts) {
      const { leftOut, severity } = count
      if (leftOut === 0) continue
      count.leftOut = 0
      this.report({ msg, severity, lines: leftOut, intervalMs: this.settings.intervalMs })
    }
  }
}

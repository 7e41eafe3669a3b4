import type { IncomingMessage } from 'node:http'
import { callerOf } from './caller.ts'
import { wallOffsetMs } from './clock.ts'
import { Context } from './context.ts'
import type { Encoding } from './entries.ts'
import { optionError } from './errors.ts'
import { installExitHooks } from './exit.ts'
import { createKeeper, entryOf } from './held-line.ts'
import { createKeys } from './keys.ts'
import { DEBUG, ERROR, type Level, levelOf, WARN } from './level.ts'
import type { Entry, Fields } from './line.ts'
import type { Logger } from './logger.ts'
import { namingOf } from './names.ts'
import {
  checkedOptions,
  type HoldSettings,
  holdSettings,
  type LogOptions,
  levelOption,
  limitsOf,
  outputList,
} from './options.ts'
import { createOutput, type Output } from './output.ts'
import { createPlain } from './plain.ts'
import { createRedaction } from './redaction.ts'
import { createRunningJobs, type RunningJobs } from './running-jobs.ts'
import type { Scope } from './scope.ts'
import { activeSpan, isSampled, type SpanContext } from './span.ts'
import { live, scopes } from './state.ts'
import { createStatementOf, isFields, toFields } from './statement.ts'
import type { Unconfigured } from './unconfigured.ts'

/** What a root needs of a logger: loggers of one root share everything but their fields. */
export interface LoggerState extends Logger {
  context: Context
  readonly root: Root
}

/** An override of the level for a while, for some requests or for all. */
export interface Override {
  readonly level: Exclude<Level, 'fatal'>
  /** Which requests. Without it: every scope and every line. One that throws matches nothing. */
  match?(request: IncomingMessage): boolean
}

/**
 * What `create` makes: outputs, level, bounds. Loggers are views of it. No accessors: V8 keeps an object literal that has one as a
 * hash table, and each line looks things up here.
 */
export interface Root {
  readonly hold: HoldSettings | undefined
  readonly encoding: Encoding
  readonly level: Level
  setLevel(level: Level): void
  record(
    from: LoggerState,
    scope: Scope | undefined,
    severity: number,
    msg: unknown,
    fields: unknown,
    err: unknown,
    atOnce: boolean,
  ): void
  isEnabled(scope: Scope | undefined, severity: number): boolean
  /** Nothing below it is written or held anywhere. */
  readonly lowest: number
  /** The innermost scope around the current code that belongs to this root. */
  scope(): Scope | undefined
  contextOf(fields: Fields, parent?: Context): Context
  /** Fields as they are now. */
  snapshot(fields: Fields): Fields
  /** Writes what the scope holds, and holds nothing more. */
  release(scope: Scope): void
  /** Whether a line logged now, at the end of the scope, would never be written. */
  discards(scope: Scope, severity: number, atOnce: boolean): boolean
  /** Applies the current level and overrides to the scope. */
  refresh(scope: Scope): void
  override(override: Override): () => void
  flush(): void
  shutdown(timeoutMs: number): Promise<void>
  /** How many lines are lost so far. */
  dropped(): number
  /** Of the default logger, while nobody has configured it. */
  readonly unconfigured: Unconfigured | undefined
  readonly jobs: RunningJobs
  readonly overrides: Set<ActiveOverride>
  /** Applies the levels and overrides as they are now to everything that is under way. */
  changed(): void
  /** Grows with each of these changes. */
  version(): number
}

interface ActiveOverride {
  readonly override: Override
  readonly severity: number
}

/** With `before`, that root becomes the new one: whoever has it follows. An option that is wrong leaves it as it was. */
export function createRoot(options: LogOptions, before?: Root): Root {
  const { generate, caller = false } = checkedOptions(options)
  const limits = limitsOf(options)
  const { maxValueBytes, maxFields } = limits
  const naming = namingOf(options.names)
  const makes = generate === undefined && !caller ? undefined : () => generated(generate, caller)
  const settings = holdSettings(options.hold)
  const flight = settings?.debug ?? false
  const redaction = createRedaction(options.redact)
  const plain = createPlain(redaction, limits)
  const statementOf = createStatementOf(plain)
  const encoding: Encoding = {
    keys: createKeys(redaction, naming.renamed),
    stackName: naming.stack,
    redaction,
    plain,
    maxValueBytes,
    maxFields,
  }
  const empty = new Context({})
  let level = levelOption('level', options.level ?? 'info')
  const { maxLines, maxBytes } = settings ?? { maxLines: 1, maxBytes: 1 }
  const sampledReleases = settings?.releaseWhenSampled ?? false
  const keeper = createKeeper(plain, redaction, maxValueBytes)
  const { overrides = new Set<ActiveOverride>(), jobs = createRunningJobs() } = before ?? {}
  // What every line is measured against; scopes have their own, made from it whenever `version` has moved on.
  let threshold = level
  let version = before === undefined ? 0 : before.version() + 1
  const droppedBefore = before?.dropped
  let lostInScopes = 0
  let lostInside = 0

  const lossEntry = (dropped: number, scope?: Scope): Entry => ({
    severity: WARN,
    time: Date.now(),
    msg: 'log lines dropped',
    err: undefined,
    fields: { dropped },
    context: scope?.state.context ?? empty,
    scope,
    span: undefined,
    generated: undefined,
  })
  const outputs: readonly Output[] = outputList(options.outputs).map((output) =>
    createOutput(output, encoding, lossEntry),
  )
  installExitHooks()

  function changed(): void {
    version++
    threshold = level
    let lowest = flight ? DEBUG : level
    for (const { override, severity } of overrides) {
      if (override.match === undefined && severity < threshold) threshold = severity
      if (severity < lowest) lowest = severity
    }
    root.level = levelOf(level)
    root.lowest = lowest
    for (const scope of [...live]) if (scope.root === root) refresh(scope)
    for (const scope of [...jobs]) refresh(scope)
    // A job that has not come to its first `await` is around the caller.
    const here = root.scope()
    if (here !== undefined) refresh(here)
  }

  function refresh(scope: Scope): void {
    const { hold } = scope
    hold.version = version
    scope.encodedFor = undefined
    let overridden = false
    hold.threshold = hold.released && flight ? DEBUG : level
    if (overrides.size > 0) {
      for (const { override, severity } of overrides) {
        if (!matches(override, hold.request)) continue
        overridden = true
        if (severity < hold.threshold) hold.threshold = severity
      }
    }
    // At level debug somebody looks at everything, in order.
    const waits = settings !== undefined && (flight || hold.threshold > DEBUG)
    hold.holding = waits && !hold.released && !overridden
    if (overridden) writeHeld(scope)
  }

  function emit(entry: Entry): void {
    for (const output of outputs) {
      if (entry.severity < output.severity) continue
      try {
        output.write(entry)
      } catch {
        lostInside++
      }
    }
  }

  function writeHeld(scope: Scope): void {
    const { first, lost } = scope.hold.take()
    if (first === undefined && lost === 0) return
    const offset = wallOffsetMs()
    if (lost > 0) {
      lostInScopes += lost
      const loss = lossEntry(lost, scope)
      emit(first === undefined ? loss : { ...loss, time: entryOf(first, offset).time })
    }
    for (let line = first; line !== undefined; line = line.next) emit(entryOf(line, offset))
  }

  function release(scope: Scope): void {
    const { hold } = scope
    if (hold.released) return
    hold.released = true
    hold.holding = false
    if (flight) hold.threshold = DEBUG
    writeHeld(scope)
  }

  function record(
    from: LoggerState,
    scope: Scope | undefined,
    severity: number,
    msg: unknown,
    fields: unknown,
    err: unknown,
    atOnce: boolean,
  ): void {
    try {
      if (scope === undefined) {
        if (severity >= threshold)
          emit(makeEntry(from, undefined, severity, msg, fields, err, activeSpan()))
        return
      }
      const { hold } = scope
      if (hold.version !== version) refresh(scope)
      if (severity < hold.threshold && !(flight && hold.holding)) return
      const span = activeSpan() ?? scope.span
      if (hold.holding) {
        if (severity >= ERROR || (sampledReleases && span !== undefined && isSampled(span))) {
          release(scope)
        } else if ((severity < WARN && !atOnce) || severity < hold.threshold) {
          const line =
            (makes === undefined && err === undefined && typeof msg === 'string'
              ? keeper.lineOf(from.context, scope, severity, msg, fields, span)
              : undefined) ??
            keeper.lineOfEntry(makeEntry(from, scope, severity, msg, fields, err, span), scope)
          hold.keep(line, maxLines, maxBytes)
          return
        }
      }
      emit(makeEntry(from, scope, severity, msg, fields, err, span))
    } catch {
      // Whatever it was, the application must not notice.
      lostInside++
    }
  }

  function makeEntry(
    from: LoggerState,
    scope: Scope | undefined,
    severity: number,
    msg: unknown,
    fields: unknown,
    err: unknown,
    span: SpanContext | undefined,
  ): Entry {
    const { context } = from
    const time = Date.now()
    const extra = makes?.()
    if (typeof msg === 'string' && (fields === undefined || isFields(fields))) {
      return { severity, time, msg, err, fields, context, scope, span, generated: extra }
    }
    const statement = statementOf(msg, fields, err)
    return { severity, time, ...statement, context, scope, span, generated: extra }
  }

  const made: { -readonly [name in keyof Root]: Root[name] } = {
    hold: settings,
    encoding,
    level: levelOf(level),
    lowest: flight ? DEBUG : level,
    setLevel(next) {
      level = levelOption('level', next)
      changed()
    },
    record,
    isEnabled(scope, severity) {
      if (scope === undefined) return severity >= threshold
      if (scope.hold.version !== version) refresh(scope)
      return severity >= scope.hold.threshold || (flight && scope.hold.holding)
    },
    scope() {
      let scope = scopes.getStore()
      while (scope !== undefined && scope.root !== root) scope = scope.parent
      return scope
    },
    contextOf: (fields, parent) => new Context(keeper.copyOf(toFields(fields)), parent),
    snapshot: (fields) => keeper.copyOf(toFields(fields)),
    release,
    refresh,
    discards(scope, severity, atOnce) {
      const { hold } = scope
      if (hold.version !== version) refresh(scope)
      if (!hold.holding) return severity < hold.threshold
      const span = activeSpan() ?? scope.span
      const releases =
        severity >= ERROR || (sampledReleases && span !== undefined && isSampled(span))
      if (releases) return severity < hold.threshold && !flight
      return severity < hold.threshold || (severity < WARN && !atOnce)
    },
    override(override) {
      const severity = levelOption('override.level', override.level)
      if (override.match !== undefined && typeof override.match !== 'function') {
        throw optionError('override.match', 'a function', override.match)
      }
      const added = { override, severity }
      overrides.add(added)
      changed()
      return () => {
        if (overrides.delete(added)) root.changed()
      }
    },
    flush() {
      for (const output of outputs) output.writer.flush()
    },
    async shutdown(timeoutMs) {
      const deadline = Date.now() + timeoutMs
      await Promise.all(outputs.map((output) => output.writer.end(deadline)))
    },
    dropped() {
      let lines = lostInScopes + lostInside + (droppedBefore?.() ?? 0)
      // Several outputs can have one writer.
      for (const writer of new Set(outputs.map((output) => output.writer))) lines += writer.dropped
      return lines
    },
    unconfigured: undefined,
    jobs,
    overrides,
    changed,
    version: () => version,
  }
  const root = before === undefined ? made : Object.assign(before, made)
  if (before !== undefined) changed()
  return root
}

function matches(override: Override, request: IncomingMessage | undefined): boolean {
  if (override.match === undefined) return true
  if (request === undefined) return false
  try {
    return override.match(request) === true
  } catch {
    return false
  }
}

function generated(generate: (() => Fields | undefined) | undefined, caller: boolean): Fields {
  const file = caller ? callerOf() : undefined
  const place = file === undefined ? {} : { file }
  try {
    return { ...generate?.(), ...place }
  } catch {
    return place
  }
}

import { wallOffsetMs } from './clock.ts'
import { createEntryMaker } from './entry-maker.ts'
import type { Encoding } from './formats/entries.ts'
import { createKeys } from './formats/keys.ts'
import { namingOf } from './formats/names.ts'
import { DEBUG, ERROR, levelOf, WARN } from './level.ts'
import type { Entry } from './line.ts'
import {
  checkedOptions,
  holdSettings,
  type LogOptions,
  levelOption,
  limitsOf,
  outputList,
} from './options.ts'
import { createOutput, type Output } from './output.ts'
import { type ActiveOverride, activeOverride, matches } from './override.ts'
import { createRedaction } from './redaction/redaction.ts'
import type { Root } from './root.ts'
import { Context } from './scope/context.ts'
import { createKeeper, entryOf } from './scope/held-line.ts'
import { createRunningJobs } from './scope/running-jobs.ts'
import type { Scope } from './scope/scope.ts'
import { activeSpan, isSampled } from './span.ts'
import { live, scopes } from './state.ts'
import { toFields } from './statement.ts'
import { createPlain } from './values/plain.ts'
import { installExitHooks } from './writer/exit.ts'

/** With `before`, that root becomes the new one: whoever has it follows. An option that is wrong leaves it as it was. */
export function createRoot(options: LogOptions, before?: Root): Root {
  const checked = checkedOptions(options)
  const limits = limitsOf(options)
  const { maxValueBytes, maxFields } = limits
  const naming = namingOf(options.names)
  const settings = holdSettings(options.hold)
  const flight = settings?.debug ?? false
  const redaction = createRedaction(options.redact)
  const plain = createPlain(redaction, limits)
  const { make, generates } = createEntryMaker(plain, checked)
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

  const record: Root['record'] = (from, scope, severity, msg, fields, err, atOnce) => {
    try {
      if (scope === undefined) {
        if (severity >= threshold)
          emit(make(from, undefined, severity, msg, fields, err, activeSpan()))
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
            (!generates && err === undefined && typeof msg === 'string'
              ? keeper.lineOf(from.context, scope, severity, msg, fields, span)
              : undefined) ??
            keeper.lineOfEntry(make(from, scope, severity, msg, fields, err, span), scope)
          hold.keep(line, maxLines, maxBytes)
          return
        }
      }
      emit(make(from, scope, severity, msg, fields, err, span))
    } catch {
      // Whatever it was, the application must not notice.
      lostInside++
    }
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
      const added = activeOverride(override)
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

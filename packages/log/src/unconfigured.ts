import { createRoot } from './create-root.ts'
import { type Fields, Snapshot } from './line.ts'
import type { LogOptions } from './options.ts'
import type { LoggerState } from './root.ts'
import { createWeakBag, type WeakBag } from './weak-bag.ts'

/** What `configure` needs to know of the loggers that were made before it: modules are evaluated before whoever imports them. */
export interface Unconfigured {
  readonly loggers: WeakBag<LoggerState>
  /** A logger's fields without copies that only the package that made them can read: other rules apply to them from now on. */
  fieldsOf(logger: LoggerState): Fields
}

/** Makes a logger the default one that nobody has configured. */
export function remember(logger: LoggerState): void {
  const unconfigured: Unconfigured = {
    loggers: createWeakBag<LoggerState>(),
    fieldsOf({ context }) {
      const fields = Object.entries(context.fields)
      return Object.fromEntries(fields.map(([name, value]) => [name, thawed(value)]))
    },
  }
  unconfigured.loggers.add(logger)
  Object.assign(logger.root, { unconfigured })
}

/** Configures the default logger and all that was made of it, in place, unless somebody has before. */
export function reconfigure(standard: LoggerState, options: LogOptions): boolean {
  const { unconfigured } = standard.root
  if (unconfigured === undefined) return false
  // Its lines come first, if both write to the same place.
  standard.root.flush()
  const root = createRoot(options, standard.root)
  const shared = root.contextOf(options.fields ?? {})
  for (const logger of unconfigured.loggers) {
    // Lines that wait have the old one. What is encoded already has the old names.
    logger.context.json = undefined
    logger.context =
      logger === standard ? shared : root.contextOf(unconfigured.fieldsOf(logger), shared)
  }
  return true
}

function thawed(value: unknown): unknown {
  return (typeof value === 'object' && value !== null ? Snapshot.treeOf(value) : undefined) ?? value
}

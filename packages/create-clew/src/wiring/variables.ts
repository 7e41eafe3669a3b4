import { environmentReads } from '../source/environment.ts'
import type { Syntax } from '../source/syntax.ts'
import type { Line } from './file-edit.ts'
import { rowsOf } from './rows.ts'

const maxLines = 3

/** The variables that files read, without those whose names follow from no key of a declaration. */
export function declarableIn(files: readonly Syntax[]): readonly string[] {
  const names = environmentReads(files).map(({ name }) => name)
  return [...new Set(names)]
    .filter((name) => /^[A-Z]+(_[A-Z]+)*$/.test(name) && name !== 'NODE_ENV')
    .sort()
}

/**
 * A declaration of variables for `config.loadOrExit`, on at most three lines; what does not fit is
 * left out. All are optional: the application that runs today must run tomorrow.
 */
export function declarationOf(config: string, names: readonly string[]): readonly Line[] {
  const declared = names.map(
    (name) =>
      `${keyOf(name)}: ${config}.${/(^|_)PORT$/.test(name) ? 'port' : 'string'}().optional()`,
  )
  const entries = declared.length > 0 ? declared : [`port: ${config}.port().optional()`]
  return rowsOf(entries.map((text) => ({ area: 'config', text }))).slice(0, maxLines)
}

/** `DATABASE_URL` is declared as `databaseUrl`. */
function keyOf(variable: string): string {
  return variable.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

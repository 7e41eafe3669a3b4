import { createEarlyReporter, type EarlyReporter } from '@clew/internal/reports/early-reporter'
import { counted } from '../text/quote.ts'
import type { Reading } from './reading.ts'

const registry: unique symbol = Symbol.for('@clew/config/renamed/v1') as never
/** Further ones are not reported. */
const maxReported = 100
const maxNamed = 20

/** One variable that was found by a former name. */
interface Renamed {
  readonly variable: string
  readonly alias: string
}

/**
 * Reports the variables that were found by a former name, each of them once in a process. The
 * report waits a second for the first listener of `watch`, and is then written to standard error.
 */
export function reportRenamed(readings: readonly Reading[]): EarlyReporter | undefined {
  const variables = readings.flatMap(({ leaf, alias }) =>
    alias === undefined || isKnown(alias) ? [] : [{ variable: leaf.variable, alias }],
  )
  if (variables.length === 0) return undefined
  const reporter = createEarlyReporter('@clew/config')
  reporter.report({
    type: 'config.variable_renamed',
    level: 'warn',
    message: messageOf(variables),
    fields: { variables: variables.slice(0, maxNamed) },
  })
  return reporter
}

function messageOf(variables: readonly Renamed[]): string {
  const more = variables.length - maxNamed
  const texts = variables
    .slice(0, maxNamed)
    .map(({ variable, alias }) => `${alias} is now called ${variable}`)
  return [...texts, ...(more > 0 ? [`and ${counted(more, 'other')}`] : [])].join('; ')
}

/** Whether it was reported before, by any copy of this package. */
function isKnown(alias: string): boolean {
  const shared = globalThis as { [registry]?: Set<string> }
  shared[registry] ??= new Set()
  const known = shared[registry]
  if (known.has(alias) || known.size >= maxReported) return true
  known.add(alias)
  return false
}

/** Where the requests come in. */
export type Framework = 'node:http' | 'express' | 'fastify' | 'hono'

/** What is put around the handler. */
export type Part = 'log' | 'held' | 'trace' | 'metrics' | 'security'

export type Stack = 'bare' | 'usual' | 'clew'

/** One service that is measured, in a process of its own. */
export interface Subject {
  readonly framework: Framework
  readonly stack: Stack
  readonly parts: readonly Part[]
  /** The share of traces that is sampled, from 0 to 1. */
  readonly sampled: number
}

const whole: readonly Part[] = ['log', 'trace', 'metrics', 'security']
const held: readonly Part[] = ['held', 'trace', 'metrics', 'security']

/** What the tax is made of, on one framework. */
export function subjectsOf(framework: Framework): readonly Subject[] {
  const stacks: readonly Stack[] = framework === 'node:http' ? ['clew'] : ['usual', 'clew']
  const of = (stack: Stack, parts: readonly Part[], sampled = 0.01): Subject => ({
    framework,
    stack,
    parts,
    sampled,
  })
  return [
    of('bare', []),
    ...stacks.map((stack) => of(stack, whole)),
    of('clew', held),
    ...[0, 1].flatMap((sampled) => stacks.map((stack) => of(stack, whole, sampled))),
    ...whole.flatMap((part) => stacks.map((stack) => of(stack, [part]))),
    of('clew', ['held']),
  ]
}

/** How a subject is called in the report. */
export function nameOf({ stack, parts, sampled }: Subject): string {
  if (stack === 'bare') return 'bare'
  const isWhole = parts.length > 1
  const work = isWhole
    ? `all, ${parts.includes('held') ? 'held back' : 'a line per request'}`
    : parts[0]
  const share = sampled === 0.01 || !isWhole ? '' : `, ${sampled * 100} % sampled`
  return `${stack}: ${work}${share}`
}

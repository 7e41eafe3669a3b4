/** Where the requests come in. */
export type Framework = 'node:http' | 'express' | 'fastify' | 'hono'

/** What is put around the handler. */
export type Part =
  | 'log'
  | 'held'
  | 'trace'
  | 'metrics'
  | 'security'
  // Only of floors.
  | 'context'
  | 'span'
  | 'histogram'

/** `floor`: the least that a part costs, whoever makes it. */
export type Stack = 'bare' | 'usual' | 'clew' | 'floor'

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

/** Services that are measured side by side, the bare one first. */
export interface Group {
  readonly title: string
  readonly subjects: readonly Subject[]
}

/** What the tax is made of, on one framework; with `parts`, also each part by itself. */
export function groupsOf(framework: Framework, parts: boolean): readonly Group[] {
  const of = (stack: Stack, parts: readonly Part[], sampled = 0.01): Subject => ({
    framework,
    stack,
    parts,
    sampled,
  })
  // Nobody has a usual stack for bare node:http.
  const stacks: readonly Stack[] = framework === 'node:http' ? ['clew'] : ['usual', 'clew']
  const bare = of('bare', [])
  const all = {
    title: 'everything on',
    subjects: [bare, ...stacks.map((stack) => of(stack, whole)), of('clew', held)],
  }
  if (!parts) return [all]
  return [
    all,
    {
      title: 'each part alone',
      subjects: [
        bare,
        ...whole.flatMap((part) => stacks.map((stack) => of(stack, [part]))),
        of('clew', ['held']),
      ],
    },
    {
      title: 'by the share of sampled traces',
      subjects: [
        bare,
        ...[0, 1].flatMap((sampled) => stacks.map((stack) => of(stack, whole, sampled))),
      ],
    },
    {
      title: 'floors: what no package can avoid',
      subjects: [
        bare,
        of('floor', ['context']),
        of('floor', ['span']),
        of('floor', ['span'], 1),
        of('floor', ['histogram']),
      ],
    },
  ]
}

const namesOfFloors: Partial<Record<Part, string>> = {
  context: 'AsyncLocalStorage.run',
  span: "the SDK's span",
  histogram: "the SDK's histogram, one value",
}

/** How a subject is called in the report. */
export function nameOf({ stack, parts, sampled }: Subject): string {
  if (stack === 'bare') return 'bare'
  const isWhole = parts.length > 1
  const share = sampled === 0.01 ? '' : `, ${sampled * 100} % sampled`
  if (stack === 'floor') return `floor: ${namesOfFloors[parts[0] as Part]}${share}`
  const work = isWhole
    ? `all, ${parts.includes('held') ? 'held back' : 'a line per request'}`
    : parts[0]
  return `${stack}: ${work}${share}`
}

import { advice, readAll } from './parts.ts'

export interface HealthPanel {
  /** One for each checker, as its `check()` returns it. */
  readonly checkers: readonly unknown[]
  readonly advice?: string
}

export async function healthPanel(): Promise<HealthPanel> {
  const results = await Promise.allSettled(readAll<unknown>('health.check'))
  const checkers = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  return { checkers, ...(checkers.length === 0 && { advice: advice.health }) }
}

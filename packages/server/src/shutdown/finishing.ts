import type { CutRequest } from '../lifecycle/report.ts'
import type { Traffic } from '../traffic/traffic.ts'
import { sleep } from './step.ts'

/** How often it looks: nobody is told of a promise that has become garbage. */
const lookMs = 10

/**
 * Waits for handlers that work on behind their responses: what they use is closed next. Returns
 * those that are left at the deadline.
 */
export async function finishWork(
  { leftovers }: Traffic,
  { abortMs, deadlineMs }: { readonly abortMs: number; readonly deadlineMs: number },
): Promise<CutRequest[]> {
  const startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  // Promises that are about to settle.
  await sleep(0)
  while (leftovers.alive().length > 0 && elapsedMs() < deadlineMs) {
    if (elapsedMs() >= abortMs) for (const request of leftovers.alive()) request.abort()
    await sleep(Math.max(1, Math.min(lookMs, deadlineMs - elapsedMs())))
  }
  return leftovers.list()
}

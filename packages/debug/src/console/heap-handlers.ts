import { pipeline } from 'node:stream/promises'
import type { Report } from '@clew/internal/reports/reporter'
import { optionCheck } from '../errors.ts'
import { type Retainers, takeRetainers } from '../heap/retainers.ts'
import { takeSnapshot } from '../heap/snapshot.ts'
import { answerJson, refusalOf, safeHeaders } from './answer.ts'
import { createCaptures } from './captures.ts'
import type { DebugRequest, Handle } from './request.ts'

export interface HeapHandlers {
  /** The last analysis. */
  readonly show: Handle
  /** Takes a snapshot, and answers who keeps the memory alive. */
  readonly analyse: Handle
  /** Takes a snapshot, and sends it. */
  readonly download: Handle
  shutdown(): void
}

/** @param maxSnapshotBytes - the most memory that a snapshot may need */
export function createHeapHandlers(
  report: (report: Report) => void,
  { maxSnapshotBytes }: { readonly maxSnapshotBytes: number },
): HeapHandlers {
  const captures = createCaptures()
  let last: Retainers | undefined

  /** It stops the program, so that each one is told of, refused ones too. */
  async function reported(
    use: string,
    { origin: { actor, from } }: DebugRequest,
    take: () => Promise<object>,
  ): Promise<void> {
    const tell = (outcome: string, fields: object) =>
      report({
        type: 'debug.heap_snapshot',
        level: 'info',
        message: `heap snapshot ${outcome} for ${actor}`,
        fields: { use, actor, from, ...fields },
      })
    try {
      tell('taken', await take())
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal) tell('refused', { reason: refusal.reason })
      throw error
    }
  }

  return {
    show: ({ res }) => answerJson(res, 200, { last: last ?? null }),
    analyse: (request) =>
      reported('retainers', request, async () => {
        const { res, query } = request
        checkNothing('POST /debug/retainers', query)
        last = await captures.run(res, (signal) => takeRetainers(maxSnapshotBytes, signal))
        answerJson(res, 200, { last })
        return { stopped_ms: last.stoppedMs }
      }),
    download: (request) =>
      reported('download', request, async () => {
        const { res, query } = request
        checkNothing('POST /debug/heapsnapshot', query)
        return captures.run(res, async () => {
          const { stream, stoppedMs } = takeSnapshot(maxSnapshotBytes, 'download')
          const file = `${process.pid}-${new Date().toISOString().replace(/[^\dTZ]/g, '')}`
          res.writeHead(200, {
            ...safeHeaders,
            'Content-Type': 'application/octet-stream',
            'Content-Disposition': `attachment; filename="${file}.heapsnapshot"`,
          })
          // A client that leaves ends it, and frees the snapshot.
          await pipeline(stream, res).catch(() => {})
          return { stopped_ms: stoppedMs(), complete: res.writableFinished }
        })
      }),
    shutdown: captures.shutdown,
  }
}

const checkNothing = (where: string, query: URLSearchParams) =>
  optionCheck(where).options('options', Object.fromEntries(query) as object, [])

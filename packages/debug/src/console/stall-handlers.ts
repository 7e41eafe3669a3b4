import type { Stalls } from '../stalls/stalls.ts'
import { answer, answerJson, answerText } from './answer.ts'
import type { Handle } from './request.ts'

export interface StallHandlers {
  readonly list: Handle
  /** What blocked the event loop, as a profile. */
  readonly profile: Handle
}

/** @param stalls - undefined if the console does not watch the event loop */
export function createStallHandlers(stalls: Stalls | undefined): StallHandlers {
  const off = 'the console was created with stalls: false'
  return {
    list: ({ res }) =>
      stalls
        ? answerJson(res, 200, { stalls: stalls.list() })
        : answerJson(res, 501, { error: off }),
    async profile({ res }) {
      if (!stalls) return answerText(res, 501, off, { 'X-Go-Pprof': '1' })
      const content = { type: 'application/octet-stream', body: await stalls.pprof() }
      answer(res, 200, content, { 'Content-Disposition': 'attachment; filename="loop.pb.gz"' })
    },
  }
}

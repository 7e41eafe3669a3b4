import { topicOf } from '@clew/internal/observers/topic'
import { recordOf } from '@clew/internal/requests/record'
import { type Listening, listen } from '@clew/testing'

export interface Service extends Listening {
  /** Lets the requests for `/wait` go on. */
  release(): void
}

/**
 * A service whose requests are watched, as by any package that has `http()`: `/status/500` answers
 * with that status, `/wait` waits.
 */
export async function startService(): Promise<Service> {
  const waiting: (() => void)[] = []
  const server = await listen((req, res) => {
    const record = recordOf(req)
    record.watch(res, {})
    const [path = ''] = (req.url ?? '').split('?')
    const [, first = '', status = '200'] = path.split('/')
    record.route = `/${first}`
    const end = () => {
      topicOf<object>('log.line').tell?.({
        req,
        json: JSON.stringify({ time: Date.now(), level: 'info', msg: `at ${first}`, fields: {} }),
      })
      res.statusCode = Number(status)
      res.end('done')
    }
    if (first === 'wait') waiting.push(end)
    else end()
  })
  return {
    ...server,
    release() {
      for (const end of waiting.splice(0)) end()
    },
  }
}

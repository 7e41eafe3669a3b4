import { optionCheck } from '../errors.ts'
import { cursorOf } from '../stream/cursor.ts'
import type { Streams } from '../stream/streams.ts'
import { type TopicName, topicNames } from '../stream/topics.ts'
import { refuse, safeHeaders } from './answer.ts'
import type { Permissions } from './permissions.ts'
import type { Handle } from './request.ts'

/** `GET /debug/stream?topics=live,lines`: server-sent events, one each second. */
export function createStreamHandler(streams: Streams, permissions: Permissions): Handle {
  const isOpen = (name: TopicName) => permissions.of(name) !== 'none'
  return ({ req, res, query }) => {
    const check = optionCheck('GET /debug/stream')
    const { topics = '' } = check.options(
      'options',
      Object.fromEntries(query) as { readonly topics?: string },
      ['topics'],
    )
    const names = topics === '' ? topicNames.filter(isOpen) : topics.split(',')
    const asked = new Set<TopicName>(
      names.map((name) => check.oneOf('topics', name as TopicName, topicNames)),
    )
    const closed = [...asked].find((name) => !isOpen(name))
    if (closed !== undefined) {
      const reason = `the console was created with no access to ${closed}`
      return refuse(res, { status: 403, reason })
    }
    res.once('error', () => {})
    // Refused before the header is sent, so that the client hears why.
    const headers = {
      ...safeHeaders,
      'Content-Type': 'text/event-stream; charset=utf-8',
      // A buffering proxy (nginx) would keep the events.
      'X-Accel-Buffering': 'no',
    }
    if (req.method === 'HEAD') {
      res.writeHead(200, headers)
      res.end()
      return
    }
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    try {
      streams.open(res, asked, cursorOf(req.headers['last-event-id']))
    } catch (error) {
      for (const name of Object.keys(headers)) res.removeHeader(name)
      throw error
    }
  }
}

import { optionCheck } from '../errors.ts'
import { cursorOf } from '../stream/cursor.ts'
import type { Streams } from '../stream/streams.ts'
import { type TopicName, topicNames } from '../stream/topics.ts'
import { safeHeaders } from './answer.ts'
import type { Handle } from './request.ts'

/** `GET /debug/stream?topics=live,lines`: server-sent events, one each second. */
export function createStreamHandler(streams: Streams): Handle {
  return ({ req, res, query }) => {
    const check = optionCheck('GET /debug/stream')
    const { topics = '' } = check.options(
      'options',
      Object.fromEntries(query) as { readonly topics?: string },
      ['topics'],
    )
    const names = topics === '' ? topicNames : topics.split(',')
    const asked = new Set<TopicName>(
      names.map((name) => check.oneOf('topics', name as TopicName, topicNames)),
    )
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

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Listening, listen } from '@clew/testing'

type Answer = (req: IncomingMessage, res: ServerResponse, body: string) => void

export interface AuthorizationServer {
  readonly url: string
  /** What each path answers: JSON, or a function that answers. Others get 404. */
  readonly paths: Record<string, object | Answer>
  /** The paths that were asked, in turn. */
  readonly asked: string[]
  close(): Promise<void>
}

/** A real authorization server, that says what a test wants it to. */
export async function createAuthorizationServer(): Promise<AuthorizationServer> {
  const paths: AuthorizationServer['paths'] = {}
  const asked: string[] = []
  const server: Listening = await listen(async (req, res) => {
    let body = ''
    for await (const chunk of req.setEncoding('utf8')) body += chunk
    const path = req.url ?? ''
    asked.push(path)
    const answer = paths[path]
    if (typeof answer === 'function') {
      ;(answer as Answer)(req, res, body)
      return
    }
    res.statusCode = answer === undefined ? 404 : 200
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify(answer ?? {}))
  })
  return { url: server.url, paths, asked, close: server.close }
}

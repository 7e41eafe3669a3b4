import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import * as security from '@clew/security'
import { listen } from '@clew/testing'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: any
}

export interface Service {
  readonly url: string
  readonly port: number
  readonly reports: security.Report[]
  /** The reason of the last denial. */
  readonly reason: unknown
  /** Sends headers as they are given: several of one name stay several. */
  ask(headers?: Record<string, string | string[]>): Promise<Answer>
  close(): Promise<void>
}

/** A server with one route behind one policy, that answers with the principal. */
export async function serve(
  policy: security.Policy,
  options: Partial<security.SecurityOptions> = {},
): Promise<Service> {
  const api = security.create({ default: policy, ...options })
  const reports: security.Report[] = []
  api.subscribe((report) => reports.push(report))
  const service = await listen(
    security.handler(api.method('test'), (req, res) => {
      res.end(JSON.stringify(policy.kind === 'noSecurity' ? null : security.principal(req)))
    }),
  )
  return {
    url: service.url,
    port: service.port,
    reports,
    get reason() {
      return reports.findLast(({ type }) => type === 'security.denied')?.fields['reason']
    },
    async ask(headers = {}) {
      const sent = request(service.url, { headers, agent: false })
      sent.end()
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      let text = ''
      for await (const chunk of answer.setEncoding('utf8')) text += chunk
      return {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
    },
    async close() {
      await service.close()
      await api.shutdown()
    },
  }
}

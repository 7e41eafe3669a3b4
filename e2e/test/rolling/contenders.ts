// The same service, stopped by each library as its own documentation says for Kubernetes: readiness
// off, a delay, then the end. The rest is its defaults.

export const contenders = ['clew', 'terminus', 'http-terminator', 'fastify'] as const
export type Contender = (typeof contenders)[number]

/** How they are named in the table. */
export const titles: Readonly<Record<Contender, string>> = {
  clew: '`@clew/server`',
  terminus: '`@godaddy/terminus`',
  'http-terminator': '`http-terminator`',
  fastify: '`fastify.close()`',
}

/** How an instance is stopped. */
export interface Timing {
  readonly delayMs: number
  /** Of `@clew/server` alone. Undefined: its defaults, which are those of `delayMs` in Kubernetes. */
  readonly shutdown?: Readonly<Record<string, number>>
}

const handle = `
  let isStopping = false
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const handle = (req, res) => {
    if (req.url === '/readyz') {
      res.statusCode = isStopping ? 503 : 200
      res.end()
      return
    }
    req.resume().on('end', () => setTimeout(() => res.end(String(process.pid)), Math.random() * 50))
  }`

/** The program of an instance: writes `listening` when it is, and ends at SIGTERM. */
export function programOf(contender: Contender, port: number, timing: Timing): string {
  const { delayMs, shutdown } = timing
  if (contender === 'clew') {
    return `
      import { serve } from '@clew/server'
      ${handle}
      await serve(handle, {
        address: { host: '127.0.0.1', port: ${port} },
        probes: true,
        ${shutdown === undefined ? '' : `shutdown: ${JSON.stringify(shutdown)},`}
        logger: { log: (_level, message, fields) => console.log(JSON.stringify({ message, ...fields })) },
        onListening: () => console.log('listening'),
      })`
  }
  const listen = `server.listen(${port}, '127.0.0.1', () => console.log('listening'))`
  if (contender === 'terminus') {
    return `
      import { createServer } from 'node:http'
      import terminus from '@godaddy/terminus'
      ${handle}
      const server = createServer(handle)
      terminus.createTerminus(server, {
        signals: ['SIGTERM'],
        healthChecks: { '/readyz': async () => {} },
        beforeShutdown: () => sleep(${delayMs}),
      })
      ${listen}`
  }
  if (contender === 'http-terminator') {
    return `
      import { createServer } from 'node:http'
      import { createHttpTerminator } from 'http-terminator'
      ${handle}
      const server = createServer(handle)
      const terminator = createHttpTerminator({ server })
      process.once('SIGTERM', async () => {
        isStopping = true
        await sleep(${delayMs})
        await terminator.terminate()
        process.exit(0)
      })
      ${listen}`
  }
  return `
    import Fastify from 'fastify'
    ${handle}
    const app = Fastify()
    app.addContentTypeParser('*', (_request, _body, done) => done(null))
    app.all('/*', (request, reply) => {
      reply.hijack()
      handle(request.raw, reply.raw)
    })
    process.once('SIGTERM', async () => {
      isStopping = true
      await sleep(${delayMs})
      await app.close()
      process.exit(0)
    })
    await app.listen({ port: ${port}, host: '127.0.0.1' })
    console.log('listening')`
}

// A bucket of the Prometheus handler names the trace of a request.
import { fileURLToPath } from 'node:url'
import { nodeEval, startCollector } from '@clew/testing'
import { expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('..', import.meta.url))

test('the trace of a request is in its bucket, whatever context its response ends in', async () => {
  const collector = await startCollector()
  const child = nodeEval(
    `import { createServer } from 'node:http'
    import * as metrics from '@clew/metrics'
    import * as trace from '@clew/trace'
    const service = { name: 'orders' }
    const tracing = await trace.configure({
      service, sampler: 'always', exporter: trace.otlp({ endpoint: '${collector.endpoint}' }), clients: false,
    })
    const meters = await metrics.configure({ service, prometheus: true, runtime: false, clients: false })
    const [traced, measured] = [tracing.http({ ignore: ['/metrics'] }), meters.http()]
    const later = []
    setInterval(() => later.splice(0).forEach((end) => end()), 5).unref()
    const server = createServer((req, res) => {
      if (req.url === '/metrics') return meters.handler(req, res)
      traced(req, res, () => measured(req, res, () => later.push(() => res.end())))
    })
    server.listen(0, '127.0.0.1', async () => {
      const url = 'http://127.0.0.1:' + server.address().port
      await (await fetch(url + '/orders')).text()
      const accept = 'application/openmetrics-text'
      console.log(await (await fetch(url + '/metrics', { headers: { accept } })).text())
      server.close()
      await Promise.all([tracing.shutdown(), meters.shutdown()])
      process.exit()
    })`,
    { cwd },
  )
  expect({ ...(await child.exit), stderr: child.stderr }).toEqual({
    code: 0,
    signal: null,
    stderr: '',
  })
  const [span] = collector.spans
  await collector.close()
  const exemplars = child.stdout.split('\n').filter((line) => line.includes('# {trace_id='))
  expect(exemplars).toHaveLength(1)
  expect(exemplars[0]).toContain(`# {trace_id="${span?.traceId}",span_id="${span?.spanId}"}`)
  expect(exemplars[0]).toContain('http_server_request_duration_seconds_bucket')
})

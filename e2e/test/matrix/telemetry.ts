// Applications with other versions of OpenTelemetry than the packages bring.
import { join } from 'node:path'
import { serve, succeed, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { manifestOf, npmInstall } from './installers.ts'
import { names } from './packed.ts'
import { inJavaScript } from './program.ts'

const api = '1.10.0'
const sdk = '0.301.0'

/** An application that has started the SDK by itself before: our spans are children of its own. */
const joins = `
import assert from 'node:assert'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { NodeSDK } from '@opentelemetry/sdk-node'
import * as trace from '@clew/trace'
const spans = []
const traceExporter = {
  export: (batch, done) => done({ code: 0, _: spans.push(...batch) }),
  shutdown: async () => {},
}
const sdk = new NodeSDK({ traceExporter, metricReaders: [], logRecordProcessors: [], instrumentations: [] })
sdk.start()
const tracing = await trace.configure({ service: { name: 'x' }, exporter: trace.otlp() })
const messages = []
tracing.subscribe((report) => messages.push(report.message))
const traced = tracing.http()
const server = createServer((req, res) => traced(req, res, () => trace.span('work', () => res.end()))).listen(0)
await once(server, 'listening')
const traceparent = '00-' + 'a'.repeat(32) + '-' + 'b'.repeat(16) + '-01'
await (await fetch('http://127.0.0.1:' + server.address().port, { headers: { traceparent } })).text()
server.close()
server.closeAllConnections()
await tracing.shutdown()
await sdk.shutdown()
const [work, request] = ['work', 'GET'].map((name) => spans.find((span) => span.name === name))
assert.equal(work.parentSpanContext.spanId, request.spanContext().spanId)
assert.equal(request.parentSpanContext.spanId, 'b'.repeat(16))
assert.equal(request.spanContext().traceId, 'a'.repeat(32))
assert.equal(messages.length, 1)
assert.match(messages[0], /^another OpenTelemetry SDK is registered \\(@opentelemetry\\/api 1\\.10\\.0\\)/)
process.exit()
`

// SDK 2, which runs on Node 20, names api < 1.10 as its peer; SDK 3 wants Node 22.
const upstream = /ERESOLVE overriding peer dependency|EBADENGINE/

export const telemetry: readonly Cell[] = [
  {
    kind: 'OpenTelemetry',
    name: '@opentelemetry/api 1.10 and SDK 3',
    version: `${api}, sdk-node ${sdk}`,
    note: 'beside a NodeSDK that the application has started; npm warns that SDK 2, which the packages bring, names api < 1.10 as its peer',
    async run(bench) {
      const folder = join(bench.folder, 'sdk3')
      const others = { '@opentelemetry/api': api, '@opentelemetry/sdk-node': sdk }
      await npmInstall(folder, manifestOf(bench, names, others), upstream)
      write(folder, { 'service.mjs': await inJavaScript('process', 'esm'), 'joins.mjs': joins })
      await serve(bench, [process.execPath, 'service.mjs'], { cwd: folder })
      await succeed(process.execPath, ['joins.mjs'], {
        cwd: folder,
        env: { OTEL_TRACES_EXPORTER: undefined },
      })
    },
  },
]

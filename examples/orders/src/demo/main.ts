// `pnpm demo`: starts everything on free ports, sends real requests, and shows and checks what each
// package does.
import { startStack } from '../stack.ts'
import { createClient } from './client.ts'
import { failures, paint, say } from './show.ts'
import * as steps from './steps.ts'

const startMs = Date.now()
console.log(paint('bold', '\nClew: one fully observable service, step by step\n'))
say(
  'starting PostgreSQL (embedded), an OTLP/gRPC collector, an identity provider, payments and orders …',
)

const stack = await startStack({
  env: {
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_BSP_SCHEDULE_DELAY: '200',
    DRAIN_DELAY: '500ms',
  },
})
try {
  const { identity } = stack
  const stage: steps.Stage = {
    stack,
    orders: createClient(stack.orders.url),
    admin: createClient(stack.orders.adminUrl),
    tokens: {
      read: await identity.token({ scope: 'api:read' }),
      write: await identity.token({ scope: 'api:read api:write' }),
      admin: await identity.token({ scope: 'api:admin' }),
      expired: await identity.token({ scope: 'api:read', lifetimeSeconds: -60 }),
    },
  }
  say(`orders   ${stack.orders.url}   admin ${stack.orders.adminUrl}`)
  say(`payments ${stack.payments.url}   collector ${stack.collector.endpoint}`)

  await steps.warmUp(stage)
  const traceId = await steps.logs(stage)
  await steps.traces(stage, traceId)
  await steps.slow(stage)
  await steps.metrics(stage)
  await steps.health(stage)
  await steps.debugLogs(stage)
  await steps.profile(stage)
  await steps.security(stage)
  await steps.shutdown(stage)
} finally {
  await stack.stop()
}

const seconds = ((Date.now() - startMs) / 1_000).toFixed(1)
if (failures().length === 0) console.log(`\n${paint('green', 'All checks passed.')} ${seconds} s\n`)
else {
  console.log(`\n${paint('red', 'Failed checks:')}`)
  for (const failure of failures()) say(failure)
  console.log()
}
process.exit(failures().length === 0 ? 0 : 1)

// `pnpm start`: runs the services on fixed ports until Ctrl-C.
import { startStack } from './stack.ts'

const port = (name: string, fallback: number) => Number(process.env[name] ?? fallback)

const stack = await startStack({
  ports: {
    orders: port('ORDERS_PORT', 8080),
    admin: port('ADMIN_PORT', 8081),
    payments: port('PAYMENTS_PORT', 8090),
    identity: port('IDENTITY_PORT', 8070),
    collector: port('COLLECTOR_PORT', 4317),
  },
}).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
const { orders, identity, credentials } = stack

console.log(`
  orders    ${orders.url}          logs of both services follow below
  admin     ${orders.adminUrl}     /healthz /metrics /debug

  try:
    curl -i ${orders.url}/public
    curl -i ${orders.url}/users -H 'x-api-key: ${credentials.apiKey}'
    curl -i ${orders.url}/reports -u 'reports:${credentials.password}'
    TOKEN=$(curl -s '${identity.url}/token?scope=api:read+api:write+api:admin')
    curl -i ${orders.url}/orders -H "authorization: Bearer $TOKEN" \\
         --json '{"customer":"ada","amount":4200,"card":"card_ok"}'      # or card_slow, card_declined, card_broken
    curl -i ${orders.url}/admin -H "authorization: Bearer $TOKEN"
    curl -s ${orders.adminUrl}/healthz
    curl -s ${orders.adminUrl}/metrics | grep orders_total
    curl -sX POST '${orders.adminUrl}/debug?debug-logs=on'
    go tool pprof -top '${orders.adminUrl}/debug/pprof/profile?seconds=5'

  Ctrl-C drains and stops.
`)
for (const service of [stack.orders, stack.payments]) service.process.pipe(process.stdout)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void stack.stop().then(() => process.exit(0))
  })
}

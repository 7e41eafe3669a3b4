import { findOrder, listOrders, shipOrder } from '../orders.ts'

/** What an HTTP API of Amazon API Gateway sends (format 2.0). What a handler returns is sent as JSON. */
interface Request {
  readonly routeKey: string
  readonly headers: Readonly<Record<string, string>>
  readonly pathParameters?: Readonly<Record<string, string>>
  readonly requestContext: {
    readonly http: { readonly method: string; readonly path: string; readonly sourceIp: string }
  }
}

const maxOrders = Number(process.env['MAX_ORDERS'] ?? 100)

async function handle(request: Request) {
  const { method, path: url, sourceIp: peer } = request.requestContext.http
  console.log(peer, method, url)
  const id = request.pathParameters?.['id'] ?? ''
  if (request.routeKey === 'GET /orders') return (await listOrders()).slice(0, maxOrders)
  if (request.routeKey === 'GET /orders/{id}') return findOrder(id)
  return shipOrder(id)
}

export const handler = (request: Request) => handle(request)

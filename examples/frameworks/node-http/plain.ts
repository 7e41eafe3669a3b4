import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { findOrder, listOrders, shipOrder } from '../orders.ts'

const port = Number(process.env['PORT'] ?? 8080)

async function route(req: IncomingMessage, res: ServerResponse) {
  const [, , id, action] = new URL(req.url ?? '/', 'http://localhost').pathname.split('/')
  if (id === undefined) res.end(JSON.stringify(await listOrders()))
  else if (action === 'ship') res.end(JSON.stringify(await shipOrder(id)))
  else res.end(JSON.stringify(await findOrder(id)))
}

async function handle(req: IncomingMessage, res: ServerResponse) {
  try {
    await route(req, res)
  } catch (error) {
    console.error(error)
    res.writeHead(500).end()
  }
}

createServer(handle).listen(port)

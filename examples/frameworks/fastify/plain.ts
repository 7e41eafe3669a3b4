import fastify from 'fastify'
import { findOrder, listOrders, shipOrder } from '../orders.ts'

const port = Number(process.env['PORT'] ?? 8080)

const app = fastify()
app.get('/orders', () => listOrders())
app.get<{ Params: { id: string } }>('/orders/:id', ({ params }) => findOrder(params.id))
app.get<{ Params: { id: string } }>('/orders/:id/ship', ({ params }) => shipOrder(params.id))

await app.listen({ port })

import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { findOrder, listOrders, shipOrder } from '../orders.ts'

const port = Number(process.env['PORT'] ?? 8080)

const app = new Hono()
app.get('/orders', async (hono) => hono.json(await listOrders()))
app.get('/orders/:id', async (hono) => hono.json(await findOrder(hono.req.param('id'))))
app.get('/orders/:id/ship', async (hono) => hono.json(await shipOrder(hono.req.param('id'))))

serve({ fetch: app.fetch, port })

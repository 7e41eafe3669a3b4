import express from 'express4'
import { findOrder, listOrders, shipOrder } from '../orders.ts'

const port = Number(process.env['PORT'] ?? 8080)

const app = express()
app.get('/orders', async (_req, res) => void res.json(await listOrders()))
app.get('/orders/:id', async (req, res) => void res.json(await findOrder(req.params.id)))
app.get('/orders/:id/ship', (req, res, next) => {
  shipOrder(req.params.id).then((shipped) => res.json(shipped), next)
})

app.listen(port)

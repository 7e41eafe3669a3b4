import Router from '@koa/router'
import Koa from 'koa'
import { findOrder, listOrders, shipOrder } from '../orders.ts'

const port = Number(process.env['PORT'] ?? 8080)

const router = new Router()
router.get('/orders', async (koa) => {
  koa.body = await listOrders()
})
router.get('/orders/:id', async (koa) => {
  koa.body = await findOrder(koa.params['id'] ?? '')
})
router.get('/orders/:id/ship', async (koa) => {
  koa.body = await shipOrder(koa.params['id'] ?? '')
})

const app = new Koa()
app.use(router.routes())
app.listen(port)

import { randomUUID } from 'node:crypto'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as trace from '@clew/trace'
import { z } from 'zod'
import type { Database } from './database.ts'
import type { Payments } from './payments-client.ts'

/** The body of `POST /orders`: the amount is in cents, the card is a test card. */
export const NewOrder = z.strictObject({
  customer: z.string().min(1).max(100),
  amount: z.int().min(1).max(1_000_000),
  card: z.string().regex(/^card_[a-z]{1,20}$/),
})
export type NewOrder = z.infer<typeof NewOrder>

export interface Order {
  readonly id: string
  readonly customer: string
  readonly amount: number
  readonly status: string
}

export interface Orders {
  create(order: NewOrder): Promise<Order>
  find(id: string): Promise<Order | undefined>
  count(): Promise<number>
}

const created = metrics.counter('orders', { description: 'Orders created', unit: '{order}' })
const latency = metrics.histogram('order.latency', {
  description: 'Time to create an order, payment included',
  unit: 's',
})

/** The business logic: an order is assessed, paid for and stored. */
export function createOrders(database: Database, payments: Payments): Orders {
  return {
    create: (input) =>
      latency.time(() =>
        trace.span('create_order', { 'order.amount': input.amount }, async () => {
          const order = { id: randomUUID(), customer: input.customer, amount: input.amount }
          log.set({ order_id: order.id })
          log.info('processing order', { order_id: order.id, amount: order.amount })

          const risk = assessRisk(input)
          log.info('risk assessed', { risk })

          const charge = await payments.charge(order.id, order.amount, input.card)
          log.info('payment done', { charge: charge.id, status: charge.status })

          await database.query(
            'insert into orders (id, customer, amount, status) values ($1, $2, $3, $4)',
            [order.id, order.customer, order.amount, charge.status],
          )
          created.add(1, { status: charge.status })
          return { ...order, status: charge.status }
        }),
      ),

    async find(id) {
      const [order] = await database.query<Order>(
        'select id, customer, amount, status from orders where id = $1',
        [id],
      )
      log.debug('order looked up', { order_id: id, found: order !== undefined })
      return order
    },

    async count() {
      const [row] = await database.query<{ count: number }>(
        'select count(*)::int as count from orders',
      )
      return row?.count ?? 0
    },
  }
}

/**
 * Scores an order from 0 to 99. Takes a few milliseconds of CPU, so that a profile shows it on top.
 */
export function assessRisk(order: NewOrder): number {
  let score = order.amount
  for (let round = 0; round < 1_500_000; round++) {
    score = (score * 31 + order.customer.charCodeAt(round % order.customer.length)) % 1_000_003
  }
  return score % 100
}

// What all applications of this folder are about. It stands for a database: it answers later, and not
// always.
import { setImmediate as later } from 'node:timers/promises'

export interface Order {
  readonly id: string
  readonly item: string
}

const orders: readonly Order[] = [
  { id: '1', item: 'tea' },
  { id: '2', item: 'coffee' },
]

export async function listOrders(): Promise<readonly Order[]> {
  await later()
  return orders
}

export async function findOrder(id: string): Promise<Order | undefined> {
  await later()
  return orders.find((order) => order.id === id)
}

export async function shipOrder(id: string): Promise<void> {
  await later()
  throw new Error(`no parcel for order ${id}`)
}

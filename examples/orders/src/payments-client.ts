import { request } from 'undici'

export interface Charge {
  readonly id: string
  readonly status: 'paid' | 'declined'
}

export interface Payments {
  charge(orderId: string, amount: number, card: string): Promise<Charge>
}

/** The payments service failed or could not be reached. */
export class PaymentError extends Error {
  override readonly name = 'PaymentError'
  readonly code = 'ERR_PAYMENT_FAILED'
}

/**
 * Calls the payments service with undici. The span and the traceparent header need no code here.
 */
export function createPaymentsClient(url: URL): Payments {
  return {
    async charge(orderId, amount, card) {
      const response = await request(new URL('/charges', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ orderId, amount, card }),
        headersTimeout: 5_000,
        bodyTimeout: 5_000,
      }).catch((cause: unknown) => {
        throw new PaymentError('payments cannot be reached', { cause })
      })
      if (response.statusCode !== 201) {
        await response.body.dump()
        throw new PaymentError(`payments answered ${response.statusCode}`)
      }
      return (await response.body.json()) as Charge
    },
  }
}

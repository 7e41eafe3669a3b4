import type { RemoteClient } from './client.ts'

interface Sent {
  readonly method?: string
  readonly headers?: unknown
  readonly body?: unknown
}

/** A fetch for oauth4webapi that keeps the limits of a client, and rejects all but JSON. */
export const oauthFetch =
  (client: RemoteClient) =>
  async (url: string, { method, headers, body }: Sent): Promise<Response> => {
    const { status, type, text } = await client.request(new URL(url), {
      method: method === 'POST' ? 'POST' : 'GET',
      headers: headers as Record<string, string>,
      ...(body instanceof URLSearchParams ? { body: body.toString() } : {}),
    })
    if (status !== 200) throw new Error(`status ${status}`)
    if (!/^application\/json *(;|$)/i.test(type)) throw new Error('no application/json')
    return new Response(text, { headers: { 'content-type': type } })
  }

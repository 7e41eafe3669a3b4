import type { RemoteClient } from './client.ts'

interface Sent {
  readonly method?: string
  readonly headers?: unknown
  readonly body?: unknown
}

/** A fetch for oauth4webapi that keeps the limits of a client. */
export const oauthFetch =
  (client: RemoteClient) =>
  async (url: string, { method, headers, body }: Sent): Promise<Response> => {
    const { status, type, text } = await client.request(new URL(url), {
      method: method === 'POST' ? 'POST' : 'GET',
      headers: headers as Record<string, string>,
      ...(body instanceof URLSearchParams ? { body: body.toString() } : {}),
    })
    // Only 200 is read on.
    return new Response(status === 200 ? text : null, {
      status: status >= 200 ? status : 500,
      headers: { 'content-type': type },
    })
  }

import type { HonoContextLike } from './hono-answer.ts'

/**
 * The bytes of a body for one who is not the only one to read it: what was read before comes from
 * Hono's cache, and what is read here goes there. Undefined if there is nothing to read.
 */
export async function honoBody({
  req,
}: Pick<HonoContextLike, 'req'>): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (req.raw.bodyUsed) {
    // Without the cache, somebody has read the request itself.
    const bytes = await req.arrayBuffer().catch(() => undefined)
    return bytes && once(new Uint8Array(bytes))
  }
  const { body } = req.raw
  return body === null ? undefined : kept(body as AsyncIterable<Uint8Array>, req.bodyCache)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* kept(
  body: AsyncIterable<Uint8Array>,
  cache: { arrayBuffer?: Promise<ArrayBuffer> },
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) {
    chunks.push(chunk)
    yield chunk
  }
  cache.arrayBuffer = Promise.resolve(new Uint8Array(Buffer.concat(chunks)).buffer)
}

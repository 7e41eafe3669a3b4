import { type Listening, listen } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'
import { applications, requests } from '../express-routes.ts'
import { memory } from '../memory.ts'

let server: Listening | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

test.each(applications)('%s: the closing line has the template', async (_name, create) => {
  const { logger, lines } = memory()
  server = await listen(create(logger.http({ always: true })))
  // Twice: templates that were found are remembered.
  for (const [path] of [...requests, ...requests]) {
    await (await fetch(server.url + path)).arrayBuffer()
  }
  const found = lines.map(({ fields }) => [fields['http.status'], fields['http.route']])
  const expected = requests.map(([_path, status, route]) => [status, route])
  expect(found).toEqual([...expected, ...expected])
})

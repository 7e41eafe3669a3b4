// What each package promises of a worker without HTTP.
import { expect } from '@jest/globals'
import { stops } from './promises.ts'
import type { Running } from './running.ts'

const reason = 'no parcel for order 1'
const err = expect.objectContaining({ message: reason })

async function logs({ child, lines }: Running): Promise<void> {
  await child.until(/"msg":"end".*\n/)
  const end = lines().find(({ msg }) => msg === 'end')
  expect(end).toMatchObject({ level: 'error', job: 'ship', err })
}

async function traces({ collector }: Running): Promise<void> {
  const span = await collector.until(({ spans }) => spans.find(({ name }) => name === 'ship'))
  expect(span.status).toBe('error')
}

const failsPlainly = ({ child }: Running) =>
  child.until(new RegExp(reason), { stream: 'stderr' }).then(() => {})

/** By the name of a diff. */
export const jobs: Readonly<Record<string, (app: Running) => Promise<void>>> = {
  async plain(app) {
    await failsPlainly(app)
    await stops(app)
  },
  config: failsPlainly,
  log: logs,
  trace: traces,
  async metrics({ collector }) {
    await collector.until(({ points }) =>
      points.find(({ name, attributes }) => name === 'ship.duration' && 'error.type' in attributes),
    )
  },
  async health({ get }) {
    for (const path of ['/livez', '/readyz']) expect((await get(path)).status).toBe(200)
  },
  async debug({ aside }) {
    expect((await aside('/debug/sessions')).status).toBe(200)
  },
  async server(app) {
    expect((await app.get('/readyz')).status).toBe(200)
    await stops(app)
  },
  async all(app) {
    await logs(app)
    await traces(app)
    expect((await app.aside('/metrics')).body).toMatch(
      /^ship_duration_seconds_count\{.*error_type=/m,
    )
    for (const path of ['/livez', '/readyz', '/debug/sessions']) {
      expect((await app.aside(path)).status).toBe(200)
    }
    await stops(app)
  },
}

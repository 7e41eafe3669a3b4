import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describeWith, programPath } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { type Service, startService } from './console/service.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const wide = { width: 1440, height: 1000 }
const phone = { width: 390, height: 844 }

describeWith('chromium', 'the page of the console, in Chromium', () => {
  let browser: Browser
  let service: Service
  let context: BrowserContext
  let page: Page
  let requested: string[]
  let problems: string[]

  beforeAll(async () => {
    // Root has no sandbox in a container.
    browser = await chromium.launch({
      executablePath: programPath('chromium') ?? 'chromium',
      args: ['--no-sandbox'],
    })
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    service = await startService()
  })
  afterEach(async () => {
    await context.close()
    await service.stop()
    // Nothing from elsewhere, nothing that the policy of the page had to refuse.
    expect(requested.filter((url) => !url.startsWith(service.admin))).toEqual([])
    expect(problems).toEqual([])
  })

  async function open(viewport: typeof wide, colorScheme: 'light' | 'dark' = 'light') {
    context = await browser.newContext({ viewport, colorScheme })
    context.setDefaultTimeout(45_000)
    page = await context.newPage()
    requested = []
    problems = []
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) requested.push(request.url())
    })
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (message) => {
      // A refusal by the console itself is said on the page.
      const isRefusal = /status of 4\d\d/.test(message.text())
      if (message.type() === 'error' && !isRefusal) problems.push(message.text())
    })
    await page.goto(`${service.admin}/debug/`)
    await page.getByText('live', { exact: true }).waitFor()
  }

  const row = (panel: string, text: string) =>
    page.locator(`#${panel} tbody tr`).filter({ hasText: text })
  const cells = async (panel: string, text: string) =>
    row(panel, text).first().locator('td').allTextContents()

  /** Keeps asking the service until the element is there. */
  async function send(count: number, path: string) {
    for (let i = 0; i < count; i++) await service.ask(path)
  }

  test('each panel shows what the API says', async () => {
    await open(wide)
    const waiting = service.ask('/wait')
    await send(12, '/orders/7')
    await send(3, '/orders/500')
    await service.ask('/%3Cimg%20src=x%20onerror=%22document.title=1%22%3E')

    // Live
    await row('live', 'GET /orders/:id').filter({ hasText: '15' }).waitFor()
    const { routes, points } = await service.panel('live')
    expect(routes[0]).toMatchObject({ route: '/orders/:id', total: 15, errors: 3 })
    const live = await cells('live', 'GET /orders/:id')
    expect([live[0], live[2], live[6]]).toEqual(['GET /orders/:id', '20 %', '15'])
    const rss = Number.parseFloat((await page.textContent('#now-rss')) ?? '') * 2 ** 20
    expect(Math.abs(rss / points.at(-1).rssBytes - 1)).toBeLessThan(0.3)
    expect(await page.textContent('#now-state')).toBe('listening')
    await page.locator('#now-health', { hasText: 'degraded' }).waitFor()

    // Requests: in flight by age, recent, one with its spans and lines.
    expect((await service.panel('requests')).openTotal).toBe(1)
    await page.getByText(/^In flight: 1, the oldest for /).waitFor()
    await page.locator('#requests .check input').check()
    expect(await row('requests', '/orders/500').count()).toBe(3)
    await row('requests', '/orders/500').first().getByRole('button').click()
    const details = page.locator('article.request')
    await details.getByText('an order is broken').waitFor()
    expect(await details.locator('.waterfall .name').allTextContents()).toEqual(
      expect.arrayContaining(['GET /orders/:id', 'load_order']),
    )

    // Logs: level, search.
    const lines = page.locator('#logs .line')
    await page.locator('#logs select').selectOption('error')
    expect(await lines.count()).toBeGreaterThanOrEqual(3)
    await page.locator('#logs select').selectOption('debug')
    await page.locator('#logs input[type=search]').fill('order shown')
    const { lines: all } = await service.panel('lines')
    expect(await lines.count()).toBe(all.filter(({ msg }: any) => msg === 'order shown').length)

    // What came from outside is text.
    expect(await page.title()).toBe('Debug')
    expect(await page.locator('main img').count()).toBe(0)

    // The others
    expect(await cells('health', 'cache')).toEqual(
      expect.arrayContaining(['degraded', expect.stringContaining('ECONNREFUSED')]),
    )
    expect(await cells('configuration', 'DATABASE_URL')).toEqual([
      'DATABASE_URL',
      '[redacted]',
      'default',
    ])
    expect(await cells('security', 'GET /orders/:id')).toContain('api_key[orders:read]')
    const { pid } = await service.panel('build')
    await page.locator('#build dd', { hasText: new RegExp(`^${pid}$`) }).waitFor()

    // Debug this route for ten minutes: its debug lines come, and the session is listed.
    await details.getByRole('button', { name: 'Debug GET /orders/:id for ten minutes' }).click()
    await row('sessions', '/orders/:id').waitFor()
    await page.locator('#logs input[type=search]').fill('looking for an order')
    await service.ask('/orders/8')
    await lines.first().waitFor()
    expect(await row('sessions', '/orders/:id').textContent()).toMatch(/(?:9 min|10 min)/)
    await row('sessions', '/orders/:id')
      .getByRole('button', { name: /^Close/ })
      .click()
    await page.getByText('None is open.').waitFor()

    // A session ends by itself.
    await fetch(`${service.admin}/debug/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ttlMs: 3000, actor: 'ann' }),
    })
    await row('sessions', 'ann').waitFor()
    await page.getByText('None is open.').waitFor()

    await service.ask('/release')
    await waiting
    await page.getByText('In flight: none').waitFor()
  })

  test('of more requests than one can read, a failed one is listed, and the rest is counted', async () => {
    await open(wide)
    const left = page.locator('#requests').getByText('more than are listed')
    await service.ask('/orders/500')
    // Until the service has had more than a hundred in one second.
    while (!(await left.isVisible())) {
      await Promise.all(Array.from({ length: 300 }, () => service.ask('/orders/7')))
    }
    await service.ask('/orders/500')
    // With the one from before all the others.
    await row('requests', '/orders/500').nth(1).waitFor()
    const said = Number(/^\d+/.exec((await left.textContent()) ?? '')?.[0])
    const { ended, dropped } = await service.panel('requests')
    expect(said).toBeGreaterThan(0)
    expect(said).toBeLessThanOrEqual(dropped)
    const { routes } = await service.panel('live')
    const total = routes.reduce((sum: number, route: any) => sum + route.total, 0)
    expect(ended.length + dropped).toBe(total)
  })

  test('a profile is taken, searched and compared; a blocked loop is listed', async () => {
    await open(wide)
    await page.locator('#profiles input[type=number]').fill('3')
    const take = async (text: string) => {
      await page.getByRole('button', { name: 'Take a profile' }).click()
      await page.locator('#profiles progress:visible').waitFor()
      do await service.ask('/burn/600')
      while ((await service.panel('profiles')).profiles.at(-1).state === 'running')
      await page.locator('#profiles li').first().filter({ hasText: 'in all' }).waitFor()
      await page.locator('#profiles li').first().getByText(text, { exact: true }).click()
      await page.locator('#profiles .flame rect').first().waitFor()
    }
    await take('Flame graph')
    await page.locator('#profiles .view input').fill('burnorders')
    const [name, self] = await cells('profiles', 'burnOrders')
    expect([name, self]).toEqual([
      expect.stringContaining('burnOrders'),
      expect.stringMatching(/%/),
    ])
    const { profiles } = await service.panel('profiles')
    const { stacks } = await service.panel(`profiles/${profiles[0].id}`)
    const taken = (stacks as string)
      .split('\n')
      .filter((line) => /burnOrders[^;]* \d+$/.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
    expect(Math.abs(milliseconds(self ?? '') / taken - 1)).toBeLessThan(0.02)
    await page.locator('#profiles .flame rect[fill="#E600E6" i]').first().waitFor()

    await take('Compare')
    await page.getByText(/compared with that of/).waitFor()
    expect((await cells('profiles', 'burnOrders'))[3]).toMatch(/ms|s/)

    await page.locator('#profiles input[type=number]').fill('60')
    await page.getByRole('button', { name: 'Take a profile' }).click()
    await page.getByRole('button', { name: /^Cancel / }).click()
    await page.locator('#profiles li').first().getByText('cancelled', { exact: true }).waitFor()

    const [{ durationMs }] = (await service.panel('stalls')).stalls
    expect(durationMs).toBeGreaterThan(500)
    await page.locator('#stalls summary', { hasText: 'burnOrders' }).first().waitFor()
  })

  test('who holds the memory is found by a click', async () => {
    await open(wide)
    await service.ask('/leak/30000')
    await page.getByRole('button', { name: 'Find who holds the memory' }).click()
    const leak = row('memory', 'sessions in').first()
    await leak.getByText('Map', { exact: true }).waitFor()
    expect(await leak.locator('summary').textContent()).toMatch(/^Map sessions in \S+service\.js$/)
    expect(await leak.textContent()).toContain('30000 × Object')
    await leak.locator('summary').click()
    await leak.locator('li').first().waitFor()
    const { last } = await service.panel('retainers')
    expect(last.holders[0]).toMatchObject({ class: 'Map' })
    expect(last.holders[0].path.at(-1)).toMatchObject({ variable: 'sessions' })
    expect(last.holders[0].retainedBytes).toBeGreaterThan(3e6)
  })

  test.each([
    ['wide', 'light', wide],
    ['wide', 'dark', wide],
    ['phone', 'light', phone],
    ['phone', 'dark', phone],
  ] as const)(
    '%s, %s: nothing that axe finds serious, nothing wider than the screen',
    async (_size, scheme, viewport) => {
      await open(viewport, scheme)
      await send(2, '/orders/7')
      await service.ask('/orders/500')
      await page.locator('#live tbody tr').first().waitFor({ state: 'attached' })
      // Not as an element: the policy of the page allows no script but its own.
      await page.evaluate(axe)
      const tabs = page.getByRole('tab')
      for (let i = 0; i < Math.max(1, await tabs.count()); i++) {
        if (viewport === phone && i > 0) await page.keyboard.press('ArrowRight')
        else if (viewport === phone) await tabs.first().focus()
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
        // In the dark a phone has the colours of the wide screen.
        if (viewport === phone && scheme === 'dark') continue
        const found: any = await page.evaluate('axe.run(document)')
        const serious = found.violations.filter(({ impact }: any) =>
          ['serious', 'critical'].includes(impact),
        )
        expect(serious.map(({ id, nodes }: any) => [id, nodes[0].html])).toEqual([])
      }
      expect(await page.locator('section:visible').count()).toBe(viewport === phone ? 1 : 11)
    },
  )
})

/** `900 ms (60 %)` or `1.20 s (60 %)`. */
function milliseconds(text: string): number {
  const [value = '', unit] = text.split(' ')
  return Number(value) * (unit === 's' ? 1000 : 1)
}

// The built site in Chromium, served as a visitor gets it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startNode } from '@clew/testing'
import { describeWith, programPath } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const require = createRequire(import.meta.url)
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const vitepress = join(dirname(require.resolve('vitepress/package.json')), 'bin/vitepress.js')
const site = fileURLToPath(new URL('..', import.meta.url))

const pages = ['/', '/getting-started', '/log/', '/frameworks/express']
const wide = { width: 1440, height: 1000 }
const phone = { width: 390, height: 844 }

describeWith('chromium', 'the site, in Chromium', () => {
  let browser: Browser
  let server: ReturnType<typeof startNode>
  let origin: string
  let context: BrowserContext
  let requested: string[]
  let problems: string[]

  beforeAll(async () => {
    const port = await freePort()
    origin = `http://localhost:${port}`
    server = startNode(vitepress, ['preview', site, '--port', String(port)], {})
    await server.until(/Built site served at/)
    // Root has no sandbox in a container.
    browser = await chromium.launch({
      executablePath: programPath('chromium') ?? 'chromium',
      args: ['--no-sandbox'],
    })
  })
  afterAll(async () => {
    await browser.close()
    server.kill('SIGTERM')
    await server.exit
  })
  afterEach(async () => {
    await context.close()
    expect(requested.filter((url) => !url.startsWith(origin))).toEqual([])
    expect(problems).toEqual([])
  })

  async function open(viewport: typeof wide, colorScheme: 'light' | 'dark'): Promise<Page> {
    context = await browser.newContext({ viewport, colorScheme })
    context.setDefaultTimeout(45_000)
    const page = await context.newPage()
    requested = []
    problems = []
    page.on('request', (request) => requested.push(request.url()))
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    return page
  }

  test.each([
    ['wide', 'light', wide],
    ['wide', 'dark', wide],
    ['phone', 'light', phone],
    ['phone', 'dark', phone],
  ] as const)(
    '%s, %s: nothing that axe finds serious, nothing wider than the screen',
    async (size, scheme, viewport) => {
      const page = await open(viewport, scheme)
      for (const path of pages) {
        await page.goto(origin + path, { waitUntil: 'load' })
        const shots = process.env['SITE_SCREENSHOTS']
        if (shots) {
          const name = `${path.replace(/\W+/g, '-')}-${size}-${scheme}.png`
          await page.screenshot({ path: join(shots, name), fullPage: true })
        }
        expect([
          path,
          await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
        ]).toEqual([path, 0])
        const dark = await page.evaluate("document.documentElement.classList.contains('dark')")
        expect(dark).toBe(scheme === 'dark')
        // On a phone, the colours of the dark are those of the wide screen.
        if (size === 'phone' && scheme === 'dark') continue
        await page.evaluate(axe)
        const found: any = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        const serious = found.violations.filter(({ impact }: any) =>
          ['serious', 'critical'].includes(impact),
        )
        expect(
          serious.map(({ id, nodes }: any) => [path, id, nodes.map((n: any) => n.html)]),
        ).toEqual([])
      }
    },
  )

  test('the search finds a page by a word in it, and opens it', async () => {
    const page = await open(wide, 'light')
    await page.goto(`${origin}/getting-started`, { waitUntil: 'load' })
    await page.keyboard.press('Control+k')
    await page.getByRole('searchbox').fill('drainDelayMs')
    await page.locator('.VPLocalSearchBox .result').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname !== '/getting-started', { waitUntil: 'commit' })
    await page.locator('main').getByText('drainDelayMs').first().waitFor()
  })
})

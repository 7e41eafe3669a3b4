import { expect, test } from '@jest/globals'
import { expand } from '../build/includes.js'
import { linkFrom } from '../build/routes.js'
import { anchorOf, only, without } from '../build/sections.js'

const of = (directive: string) =>
  expand(`# Page\n\n## Part\n\n<!-- include: ${directive} -->\n`, 'a page')

test('a section comes without its heading, its own ones one level below that of the page', () => {
  const page = of('packages/log/docs/migration.md#pino')
  expect(page).not.toContain('\n## pino\n')
  expect(page).toContain('\n### pino-http\n')
})

test('remarks for the checks and marks of fences are left out, links lead to the site', () => {
  const page = of('packages/health/README.md without: Links')
  expect(page).not.toMatch(/<!-- setup|```ts run/)
  expect(page).toContain('](/health/frameworks)')
  expect(page).not.toContain('Health Check Response Format')
})

test('a file that is no page is a block of code', () => {
  expect(of('examples/deploy/nginx/clew.conf')).toContain('```nginx [clew.conf]\n')
})

test.each(['packages/log/no.md', 'packages/log/README.md#no'])('%s is an error', (path) => {
  expect(() => of(path)).toThrow(/a page includes/)
})

test('what is not on the site is in the repository', () => {
  expect(linkFrom('packages/log/README.md', '../../LICENSE')).toBe(
    'https://github.com/clew-js/clew/blob/main/LICENSE',
  )
  expect(linkFrom('packages/server/docs/shutdown.md', '../../../examples/deploy')).toBe('/recipes/')
  expect(linkFrom('packages/log/README.md', '#options')).toBe('/log/#options')
  const repository = 'https://github.com/clew-js/clew'
  expect(linkFrom('packages/debug/README.md', `${repository}/tree/main/packages/log`)).toBe('/log/')
  const elsewhere = `${repository}/blob/main/knip.json#L1`
  expect(linkFrom('packages/log/README.md', elsewhere)).toBe(elsewhere)
})

test('a # in a block of code is no heading', () => {
  const text = '# A\n\n## B\n\n```sh\n# C\n```\n\n## D\n\nd'
  expect(without(text, ['B', 'C'])).toBe('# A\n\n## D\n\nd')
  expect(only(text, ['D'])).toBe('## D\n\nd')
  expect(anchorOf('`serve(handler, options?)`')).toBe('servehandler-options')
})

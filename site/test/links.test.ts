import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { checkLinks } from '../build/links.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-links-'))
  mkdirSync(join(folder, 'log'))
  writeFileSync(join(folder, 'logo.svg'), '<svg/>')
  writeFileSync(
    join(folder, 'log/index.html'),
    '<h2 id="größe">Size</h2><a href="../logo.svg">x</a>',
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const check = (html: string, base?: string) => {
  writeFileSync(join(folder, 'index.html'), html)
  return checkLinks(folder, base)
}

test('pages, anchors and files that are there are no problem; links to elsewhere are listed', () => {
  const { problems, external } = check(`
    <h1 id="top"></h1><a href="#top">a</a><a href="/log/">b</a><a href="/log/#gr%C3%B6%C3%9Fe">c</a>
    <img src="/logo.svg"><a class="x" href="https://go.dev/?a=1&amp;b=2">d</a>`)
  expect(problems).toEqual([])
  expect(external).toEqual(['https://go.dev/?a=1&b=2'])
})

test.each([
  ['<a href="/trace/">a</a>', '/: no page /trace/'],
  ['<a href="/log/#no">a</a>', '/: no anchor /log/#no'],
  ['<a href="#no">a</a>', '/: no anchor #no'],
  ['<img src="/no.svg">', '/: no page /no.svg'],
  [
    '<script src="https://cdn.example/x.js"></script>',
    '/ loads https://cdn.example/x.js (script src)',
  ],
  [
    '<link rel="stylesheet" href="//fonts.example/f.css">',
    '/ loads //fonts.example/f.css (link href)',
  ],
])('%s is a problem', (html, problem) => {
  expect(check(html).problems).toEqual([problem])
})

test('below a base, links begin with it', () => {
  expect(check('<a href="/clew/log/">a</a>', '/clew/').problems).toEqual([])
})

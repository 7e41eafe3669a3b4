import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as config from '@clew/config'
import { afterEach, describe, expect, test } from '@jest/globals'
import { thrown } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'clew-config-watch-'))
const path = join(folder, 'key')
const watchers: config.SecretWatcher[] = []
afterEach(() => Promise.all(watchers.splice(0).map((watcher) => watcher.shutdown())))

function start(content: string, file = path) {
  writeFileSync(path, content)
  const cfg = config.load(
    { key: config.string({ min: 4 }).secret(), other: config.string({ default: 'x' }).secret() },
    { env: { KEY_FILE: file }, envFile: false },
  )
  const watcher = config.watch(cfg, { intervalMs: 3_600_000 })
  watchers.push(watcher)
  const reports: config.Report[] = []
  watcher.subscribe((report) => reports.push(report))
  return { cfg, watcher, reports }
}

describe('watch', () => {
  test('a rotated file gives reveal() its new value', async () => {
    const { cfg, watcher, reports } = start('first\n')
    const { key } = cfg
    await watcher.check()
    expect([key.reveal(), reports]).toEqual(['first', []])
    writeFileSync(path, 'second\n')
    await watcher.check()
    expect(key.reveal()).toBe('second')
    expect(cfg.key).toBe(key)
    expect(reports).toEqual([
      {
        type: 'config.secret_changed',
        level: 'info',
        message: 'KEY has a new value',
        fields: { variable: 'KEY', path: 'key', file: path },
      },
    ])
    expect(JSON.stringify(reports)).not.toContain('second')
  })

  test('a symbolic link that points elsewhere, as Kubernetes does it', async () => {
    for (const [name, content] of [
      ['..1', 'first'],
      ['..2', 'second'],
    ] as const) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'key'), content)
    }
    symlinkSync('..1', join(folder, '..data'))
    symlinkSync('..data/key', join(folder, 'mounted'))
    const { cfg, watcher } = start('', join(folder, 'mounted'))
    expect(cfg.key.reveal()).toBe('first')
    symlinkSync('..2', join(folder, '..tmp'))
    renameSync(join(folder, '..tmp'), join(folder, '..data'))
    await watcher.check()
    expect(cfg.key.reveal()).toBe('second')
  })

  test('what its kind refuses is reported once, and the old value stays', async () => {
    const { cfg, watcher, reports } = start('first')
    writeFileSync(path, 'bad')
    await watcher.check()
    await watcher.check()
    expect(cfg.key.reveal()).toBe('first')
    expect(reports.map(({ type, level, message }) => [type, level, message])).toEqual([
      [
        'config.secret_refused',
        'warn',
        'KEY: the new content of its file is not accepted; the old value stays',
      ],
    ])
    writeFileSync(path, 'third')
    await watcher.check()
    expect(cfg.key.reveal()).toBe('third')
  })

  test.each<[string, () => void]>([
    ['is gone', () => rmSync(path)],
    ['is too large', () => writeFileSync(path, 'x'.repeat(1_048_577))],
    ['is not UTF-8', () => writeFileSync(path, Buffer.from([0xff]))],
  ])('a file that %s is reported once, and followed again when it is back', async (_, spoil) => {
    const { cfg, watcher, reports } = start('first')
    spoil()
    await watcher.check()
    await watcher.check()
    expect([cfg.key.reveal(), reports.map(({ type }) => type)]).toEqual([
      'first',
      ['config.secret_unreadable'],
    ])
    writeFileSync(path, 'second')
    await watcher.check()
    expect(cfg.key.reveal()).toBe('second')
  })

  test.each([
    [false, 'first'],
    [true, ''],
  ])('an empty file, with allowEmpty %s, gives %j', async (allowEmpty, value) => {
    writeFileSync(path, 'first')
    const cfg = config.load(
      { key: config.string({ allowEmpty }).secret() },
      { env: { KEY_FILE: path }, envFile: false },
    )
    const watcher = config.watch(cfg, { intervalMs: 3_600_000 })
    watchers.push(watcher)
    writeFileSync(path, '\n')
    await watcher.check()
    expect(cfg.key.reveal()).toBe(value)
  })

  test('a file that still changes is not taken', async () => {
    const { cfg, watcher, reports } = start('first')
    let writes = 0
    let writing: NodeJS.Immediate
    const write = () => {
      writeFileSync(`${path}.next`, `unfinished ${writes++}`)
      renameSync(`${path}.next`, path)
      writing = setImmediate(write)
    }
    write()
    await watcher.check()
    clearImmediate(writing!)
    expect([cfg.key.reveal(), reports]).toEqual(['first', []])
    await watcher.check()
    expect(cfg.key.reveal()).toBe(`unfinished ${writes - 1}`)
  })

  test('a listener that throws harms nobody; one that left hears nothing', async () => {
    const { watcher, reports } = start('first')
    watcher.subscribe(() => {
      throw new Error('listener')
    })
    const heard: unknown[] = []
    watcher.subscribe((report) => heard.push(report))()
    writeFileSync(path, 'second')
    await watcher.check()
    expect([reports.length, heard.length]).toEqual([1, 0])
  })

  test('looks by itself', async () => {
    writeFileSync(path, 'first')
    const cfg = config.load(
      { key: config.string().secret() },
      { env: { KEY_FILE: path }, envFile: false },
    )
    const watcher = config.watch(cfg, { intervalMs: 100 })
    watchers.push(watcher)
    const changed = new Promise((resolve) => watcher.subscribe(resolve))
    writeFileSync(path, 'second')
    await changed
    expect(cfg.key.reveal()).toBe('second')
  })

  test('what is no configuration, or no interval, is a mistake', () => {
    expect(thrown(() => config.watch({})).message).toBe(
      'config.watch: takes what config.load returned',
    )
    expect(thrown(() => config.sources({})).code).toBe('ERR_CONFIG_OPTION')
    const { cfg } = start('first')
    expect(thrown(() => config.watch(cfg, { intervalMs: 1 })).code).toBe('ERR_CONFIG_OPTION')
  })
})

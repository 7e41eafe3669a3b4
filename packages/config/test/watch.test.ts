import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  promises,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as config from '@clew/config'
import { afterEach, describe, expect, test } from '@jest/globals'
import { makeFifo } from './pipes.ts'
import { thrown } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'clew-config-watch-'))
const path = join(folder, 'key')
const watchers: config.SecretWatcher[] = []
const { open } = promises
afterEach(() => {
  promises.open = open
  // Whoever waits for the writer of a FIFO waits no more.
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) {
    const writer = openSync(path, constants.O_RDWR)
    rmSync(path)
    closeSync(writer)
  }
  return Promise.all(watchers.splice(0).map((watcher) => watcher.shutdown()))
})

/**
 * Does something when a look has opened a file, before it reads it: the first action at the first
 * time, and so on.
 */
function whenOpened(...actions: readonly (() => void)[]): { readonly count: number } {
  const opened = { count: 0 }
  promises.open = async (...args) => {
    const handle = await open(...args)
    actions[opened.count++]?.()
    return handle
  }
  return opened
}

function replace(content: string) {
  writeFileSync(`${path}.next`, content)
  renameSync(`${path}.next`, path)
}

function start(content: string, file = path) {
  rmSync(path, { force: true })
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
        'KEY: the new content of its file is invalid; keeping the old value',
      ],
    ])
    writeFileSync(path, 'third')
    await watcher.check()
    expect(cfg.key.reveal()).toBe('third')
  })

  test('what is refused after something else, or once more after a good one, is reported again', async () => {
    const { watcher, reports } = start('first')
    for (const content of ['bad', 'no', 'good', 'no']) {
      writeFileSync(path, content)
      await watcher.check()
    }
    expect(reports.map(({ type }) => type.replace('config.secret_', ''))).toEqual([
      'refused',
      'refused',
      'changed',
      'refused',
    ])
  })

  test('what its kind has refused is not parsed again', async () => {
    writeFileSync(path, 'first')
    const seen: unknown[] = []
    const validate = (value: unknown) => {
      seen.push(value)
      return value === 'first' ? { value } : { issues: [{ message: 'no' }] }
    }
    const kind = config.schema<unknown>({ '~standard': { version: 1, vendor: 'test', validate } })
    const cfg = config.load({ key: kind.secret() }, { env: { KEY_FILE: path }, envFile: false })
    const watcher = config.watch(cfg, { intervalMs: 3_600_000 })
    watchers.push(watcher)
    replace('bad')
    await watcher.check()
    const opened = whenOpened()
    await watcher.check()
    expect(opened.count).toBe(1)
    replace('half')
    whenOpened(() => replace('bad'))
    await watcher.check()
    expect(seen).toEqual(['first', 'bad'])
  })

  test.each<[string, () => void]>([
    ['does not exist', () => rmSync(path)],
    ['has more than 1048576 bytes', () => writeFileSync(path, 'x'.repeat(1_048_577))],
    ['is not UTF-8', () => writeFileSync(path, Buffer.from([0xff]))],
  ])('a file that %s is reported once, and followed again when it is back', async (why, spoil) => {
    const { cfg, watcher, reports } = start('first')
    spoil()
    await watcher.check()
    await watcher.check()
    expect([cfg.key.reveal(), reports.map(({ type, message }) => [type, message])]).toEqual([
      'first',
      [['config.secret_unreadable', `KEY: its file ${why}; keeping the old value`]],
    ])
    writeFileSync(path, 'second')
    await watcher.check()
    expect(cfg.key.reveal()).toBe('second')
    spoil()
    await watcher.check()
    expect(reports.length).toBe(3)
  })

  test('a file that is gone for a moment only is not reported', async () => {
    const { watcher, reports } = start('first')
    rmSync(path)
    promises.open = async (...args) => {
      promises.open = open
      return open(...args).finally(() => writeFileSync(path, 'first'))
    }
    await watcher.check()
    expect(reports).toEqual([])
  })

  test('a FIFO in place of the file is not waited for', async () => {
    const fifo = join(folder, 'fifo')
    const { watcher, reports } = start('first')
    makeFifo(fifo)
    renameSync(fifo, path)
    await watcher.check()
    expect(reports.map(({ message }) => message)).toEqual([
      'KEY: its file is not a regular file; keeping the old value',
    ])
  }, 10_000)

  test('a file that says it has 0 bytes, and comes in pieces, is read to its end', async () => {
    const { cfg, watcher } = start('first')
    const content = 'second'.repeat(2000)
    replace(content)
    promises.open = async (...args) => {
      const handle = await open(...args)
      const stat = await handle.stat({ bigint: true })
      const read = handle.read.bind(handle) as (...args: unknown[]) => unknown
      const piece = (buffer: Buffer, offset: number, length: number, position: number | null) =>
        read(buffer, offset, Math.min(length, 1000), position)
      const empty = { stat: async () => Object.assign(stat, { size: 0n }) }
      return Object.assign(handle, empty as object, { read: piece as typeof handle.read })
    }
    await watcher.check()
    expect(cfg.key.reveal()).toBe(content)
  })

  const proc = '/proc/version'
  const onProc = existsSync(proc) ? test : test.skip
  onProc('a file below /proc', async () => {
    const { cfg, watcher, reports } = start('', proc)
    const { key } = cfg
    expect(key.reveal()).toMatch(/^Linux version /)
    const loaded = key.reveal()
    await watcher.check()
    expect([key.reveal(), reports]).toEqual([loaded, []])
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

  test('a change during a look is taken by the same look', async () => {
    const { cfg, watcher } = start('first')
    replace('second')
    const opened = whenOpened(() => replace('third'))
    await watcher.check()
    expect([cfg.key.reveal(), opened.count]).toEqual(['third', 3])
  })

  test('check() during a look looks once more behind it, however often it is called', async () => {
    const { cfg, watcher } = start('first')
    const checks: Promise<void>[] = []
    const opened = whenOpened(() => {
      replace('second') // the look still reads the file that it has opened
      checks.push(watcher.check(), watcher.check(), watcher.check())
    })
    await watcher.check()
    expect([cfg.key.reveal(), checks.length]).toEqual(['first', 3])
    await Promise.all(checks)
    expect([cfg.key.reveal(), opened.count]).toEqual(['second', 3])
  })

  test('shutdown ends the looks that are under way, and they take nothing any more', async () => {
    const { cfg, watcher, reports } = start('first')
    replace('second')
    const ended: string[] = []
    void watcher.check().then(() => ended.push('running'))
    void watcher.check().then(() => ended.push('queued'))
    await watcher.shutdown()
    expect([cfg.key.reveal(), reports, ended]).toEqual(['first', [], ['running', 'queued']])
  })

  test('a later watch goes on from the value that is in use', async () => {
    const { cfg, watcher } = start('first')
    replace('second')
    await watcher.check()
    await watcher.shutdown()
    replace('first')
    const later = config.watch(cfg, { intervalMs: 3_600_000 })
    watchers.push(later)
    await later.check()
    expect(cfg.key.reveal()).toBe('first')
  })

  test('two watches at once both report a change', async () => {
    const { cfg, watcher, reports } = start('first')
    const other = config.watch(cfg, { intervalMs: 3_600_000 })
    watchers.push(other)
    other.subscribe((report) => reports.push(report))
    replace('second')
    await watcher.check()
    await other.check()
    await other.check()
    expect(reports.map(({ type }) => type)).toEqual([
      'config.secret_changed',
      'config.secret_changed',
    ])
  })

  test('a listener that rejects causes no unhandled rejection; one added twice is called twice', async () => {
    const { watcher } = start('first')
    const unhandled: unknown[] = []
    const collect = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', collect)
    const heard: config.Report[] = []
    const listener = (report: config.Report) => heard.push(report)
    watcher.subscribe(async () => {
      throw new Error('listener')
    })
    watcher.subscribe(listener)
    const unsubscribe = watcher.subscribe(listener)
    writeFileSync(path, 'second')
    await watcher.check()
    unsubscribe()
    writeFileSync(path, 'third')
    await watcher.check()
    process.off('unhandledRejection', collect)
    expect([heard.length, unhandled]).toEqual([3, []])
  })

  test('a listener that throws does no harm; one that unsubscribed is not called', async () => {
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
      'config.watch: configuration must be what config.load returned; received an object',
    )
    expect(thrown(() => config.sources({})).code).toBe('ERR_CONFIG_OPTION')
    const { cfg } = start('first')
    expect(thrown(() => config.watch(cfg, { intervalMs: 1 })).code).toBe('ERR_CONFIG_OPTION')
    expect(thrown(() => config.watch(cfg, { interval: 500 } as never)).message).toBe(
      'config.watch: unknown option "interval"; the options are intervalMs',
    )
    expect(thrown(() => config.watch(cfg, null as never)).code).toBe('ERR_CONFIG_OPTION')
  })
})

import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { Frame, frames } from '@clew/internal/requests/frame'
import { describe, expect, test } from '@jest/globals'
import { FrameContextManager, isFrameManager } from '../src/context/manager.ts'
import { rootContext } from '../src/context/root.ts'

const key = Symbol('key')
const context = rootContext.setValue(key, 1)

describe('the context manager', () => {
  const manager = new FrameContextManager()

  test('has the root context active outside of a frame, and in a frame without a context', () => {
    expect(manager.active()).toBe(rootContext)
    frames.run(new Frame(undefined, 'scope'), () => expect(manager.active()).toBe(rootContext))
  })

  test('runs in a frame of its own, and keeps the scope of the log', () => {
    const outer = new Frame(rootContext, 'scope')
    const seen = frames.run(outer, () =>
      manager.with(context, () => [manager.active(), frames.getStore()?.log]),
    )
    expect(seen).toEqual([context, 'scope'])
    expect(outer.trace).toBe(rootContext)
  })

  test('passes this and arguments', () => {
    const fn = function (this: { factor: number }, a: number, b: number) {
      return this.factor * (a + b)
    }
    expect(manager.with(context, fn, { factor: 3 }, 1, 2)).toBe(9)
  })

  test('binds functions, with this and arguments', () => {
    const bound = manager.bind(context, function (this: unknown, a: number) {
      return [this, a, manager.active()]
    })
    expect(bound.call('this', 1)).toEqual(['this', 1, context])
  })

  test('binds emitters: all their listeners run in the context', () => {
    const emitter = manager.bind(context, new EventEmitter())
    const seen: unknown[] = []
    emitter.on('event', (value) => seen.push(value, manager.active()))
    expect(emitter.emit('nobody listens')).toBe(false)
    expect(emitter.emit('event', 1)).toBe(true)
    expect(seen).toEqual([1, context])
  })

  test('leaves what is neither alone', () => {
    expect(manager.bind(context, 7)).toBe(7)
    expect(manager.bind(context, null)).toBeNull()
  })

  test('disabled, it is inactive, and the storage goes on for the others', () => {
    const disabled = new FrameContextManager().disable()
    frames.run(new Frame(context, 'scope'), () => {
      expect(disabled.active()).toBe(rootContext)
      expect(disabled.with(context, () => disabled.active())).toBe(rootContext)
      expect(frames.getStore()?.log).toBe('scope')
      expect(manager.active()).toBe(context)
      expect(disabled.enable().active()).toBe(context)
    })
  })

  test('is known by its storage, whichever copy of the package made it', () => {
    expect(isFrameManager(manager)).toBe(true)
    expect(isFrameManager({ ...manager, frames } as never)).toBe(true)
    expect(isFrameManager({ ...manager, frames: new AsyncLocalStorage() } as never)).toBe(false)
    expect(isFrameManager({ active: () => rootContext } as never)).toBe(false)
  })
})

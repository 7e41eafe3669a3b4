import { describe, expect, test } from '@jest/globals'
import { offer, offered } from '../../src/observers/source.ts'
import { listen, topicOf } from '../../src/observers/topic.ts'

describe('topicOf', () => {
  test('is one object for one name, and tells nobody until somebody listens', () => {
    const topic = topicOf<number>('test.one')
    expect(topicOf('test.one')).toBe(topic)
    expect(topic.tell).toBeUndefined()
    const heard: number[] = []
    const stop = listen(topic, (event) => heard.push(event))
    topic.tell?.(1)
    stop()
    stop()
    expect(topic.tell).toBeUndefined()
    expect(heard).toEqual([1])
  })

  test('one listener that throws harms neither the others nor the teller', () => {
    const topic = topicOf<number>('test.throws')
    const heard: number[] = []
    const listener = (event: number) => heard.push(event)
    const stops = [
      listen(topic, () => {
        throw new Error('boom')
      }),
      listen(topic, listener),
      listen(topic, listener),
    ]
    topic.tell?.(1)
    stops[1]?.()
    topic.tell?.(2)
    for (const stop of stops) stop()
    expect(heard).toEqual([1, 1, 2])
    expect(topic.listeners.size).toBe(0)
  })

  test('a second copy of the module shares the topics', async () => {
    const copy = await import(`${'../../src/observers/topic.ts'}?copy`)
    expect(copy.topicOf('test.copies')).toBe(topicOf('test.copies'))
  })
})

describe('offer', () => {
  test('is there until it is withdrawn, oldest first', () => {
    const withdraw = offer('test', () => 1)
    offer('test', () => 2)
    expect(offered('test').map((read) => read())).toEqual([1, 2])
    withdraw()
    withdraw()
    expect(offered('test').map((read) => read())).toEqual([2])
    expect(offered('nothing')).toEqual([])
  })

  test('keeps the newest sixteen of a kind', () => {
    for (let i = 0; i < 20; i++) offer('many', () => i)
    expect(offered('many').map((read) => read())).toEqual(
      Array.from({ length: 16 }, (_, i) => i + 4),
    )
  })
})

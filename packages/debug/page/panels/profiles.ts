import { ask, base } from '../api.ts'
import { append, createList, h, number, setText, table } from '../dom.ts'
import { compare, createFlame, type FrameNode, topOf, treeOf } from '../flame.ts'
import { bytes, clock, duration, ms, plural } from '../format.ts'
import { createProblem, type Panel } from '../panel.ts'
import type { KeptProfile, Update } from '../types.ts'

interface Stacks extends KeptProfile {
  readonly stacks: string
  readonly leftOut: number
}

const kinds = {
  profile: 'CPU: where the time goes',
  wall: 'wall clock: with waiting for child processes',
  heap: 'heap: who allocated what is alive',
  allocs: 'allocations: all of a time, collected or not',
} as const
const maxTop = 30

const amount = (unit: KeptProfile['unit'], value: number) =>
  unit === 'ms' ? ms(value) : bytes(value)

export function createProfiles(): Panel {
  const problem = createProblem()
  const kind = h(
    'select',
    { on: { change: allowSeconds } },
    ...Object.entries(kinds).map(([value, text]) => h('option', { value, text })),
  )
  const seconds = h('input', {
    type: 'number',
    value: 10,
    min: 1,
    max: 120,
    step: 'any',
    required: true,
  })
  const form = h(
    'form',
    {
      on: {
        submit(event) {
          event.preventDefault()
          const body = {
            kind: kind.value,
            ...(!seconds.disabled && { seconds: seconds.valueAsNumber }),
          }
          void problem.run(() => ask('profiles', 'POST', body))
        },
      },
    },
    h('label', {}, 'Kind', kind),
    h('label', {}, 'Seconds', seconds),
    h('button', { text: 'Take a profile' }),
  )
  function allowSeconds(): void {
    seconds.disabled = kind.value === 'heap'
  }

  const list = h('ul', { class: 'profiles' })
  const none = h('p', {
    class: 'note',
    text: 'None is kept. The last five are, until the process ends.',
  })
  let now = Date.now()
  let profiles: readonly KeptProfile[] = []
  const show = createList<KeptProfile>(
    list,
    ({ id }) => id,
    () => {
      const title = h('b')
      const about = h('span')
      const progress = h('progress', { max: 1, 'aria-label': 'Progress' })
      const buttons = h('span', { class: 'buttons' })
      let state: string | undefined
      return {
        element: h('li', {}, title, about, progress, buttons),
        update(profile) {
          const { id, seconds: length, startedAt, total, unit, reason, actor } = profile
          const elapsed = (now - Date.parse(startedAt)) / 1000
          setText(title, `${profile.title} ${clock(Date.parse(startedAt))}`)
          const left = duration(length - elapsed)
          const texts = {
            running: length > 0 && elapsed < length ? `${left} to go` : 'being read',
            done: `${length > 0 ? `${length} s, ` : ''}${amount(unit, total ?? 0)} in all, taken by ${actor}`,
            cancelled: 'cancelled',
            failed: reason ?? 'failed',
          }
          setText(about, texts[profile.state])
          progress.hidden = profile.state !== 'running'
          if (length > 0) progress.value = Math.min(1, elapsed / length)
          if (state === profile.state) return
          state = profile.state
          const remove = () => void problem.run(() => ask(`profiles/${id}`, 'DELETE'))
          const button = (text: string, click: () => void) =>
            h('button', {
              type: 'button',
              text,
              'aria-label': `${text} ${profile.title} ${clock(Date.parse(startedAt))}`,
              on: { click },
            })
          buttons.replaceChildren()
          append(buttons, [
            state === 'done' &&
              button('Flame graph', () => void problem.run(() => open(profile, false))),
            state === 'done' &&
              button('Compare', () => void problem.run(() => open(profile, true))),
            state === 'done' &&
              h('a', {
                href: `${base}/profiles/${id}?format=pprof`,
                download: `${id}.pb.gz`,
                text: 'pprof',
                'aria-label': `Download ${profile.title} as pprof`,
              }),
            button(state === 'running' ? 'Cancel' : 'Remove', remove),
          ])
        },
      }
    },
  )

  const heading = h('h3', { tabindex: -1 })
  const details = h('p', { class: 'frame', text: ' ' })
  const search = h('input', {
    type: 'search',
    placeholder: 'function or file',
    on: { input: () => find() },
  })
  const found = h('span', { role: 'status', class: 'count' })
  let unit: KeptProfile['unit'] = 'ms'
  let tree: FrameNode | undefined
  let isDifference = false
  const flame = createFlame(
    (value) => amount(unit, value),
    (text) => setText(details, text),
  )
  const top = table('Functions by what they took themselves', [
    'Function',
    number('Self'),
    number('Total'),
    number('More than before'),
  ])
  const view = h(
    'div',
    { class: 'view', hidden: true },
    heading,
    h(
      'div',
      { class: 'tools' },
      h('label', {}, 'Search ', search),
      h('button', { type: 'button', text: 'Show all', on: { click: () => flame.reset() } }),
      found,
    ),
    details,
    flame.element,
    top.element,
  )

  async function open(profile: KeptProfile, isCompared: boolean): Promise<void> {
    const stacks = await ask<Stacks>(`profiles/${profile.id}`)
    const earlier = profiles.filter((each) => each.kind === profile.kind && each.state === 'done')
    const previous = earlier[earlier.findIndex(({ id }) => id === profile.id) - 1]
    if (isCompared && previous === undefined)
      throw new Error('there is no earlier profile of this kind to compare it with')
    unit = stacks.unit
    tree = treeOf(stacks.stacks)
    isDifference = isCompared
    if (isCompared && previous !== undefined)
      compare(tree, treeOf((await ask<Stacks>(`profiles/${previous.id}`)).stacks))
    const compared =
      isCompared && previous !== undefined
        ? `, compared with that of ${clock(Date.parse(previous.startedAt))} (red: more, blue: less)`
        : ''
    const leftOut = stacks.leftOut > 0 ? `; ${plural(stacks.leftOut, 'small stack')} left out` : ''
    setText(heading, `${stacks.title} ${clock(Date.parse(stacks.startedAt))}${compared}${leftOut}`)
    view.hidden = false
    flame.draw(tree, isDifference)
    find()
    heading.focus()
  }

  function find(): void {
    if (tree === undefined) return
    const words = search.value.trim().toLowerCase()
    flame.search(search.value)
    const all = topOf(tree)
    const shown = all.filter(({ name }) => name.toLowerCase().includes(words))
    const share = (value: number) =>
      tree?.value ? ` (${((value / tree.value) * 100).toFixed(1)} %)` : ''
    top.body.replaceChildren(
      ...shown.slice(0, maxTop).map(({ name, self, total, delta }) =>
        h(
          'tr',
          {},
          h('td', { class: 'path', text: name }),
          h('td', { class: 'number', text: amount(unit, self) + share(self) }),
          h('td', { class: 'number', text: amount(unit, total) + share(total) }),
          h('td', {
            class: 'number',
            text: isDifference
              ? `${delta > 0 ? '+' : ''}${delta < 0 ? '−' : ''}${amount(unit, Math.abs(delta))}`
              : '–',
          }),
        ),
      ),
    )
    setText(
      found,
      words === ''
        ? ''
        : `${shown.length} of ${plural(all.length, 'function')}: ${amount(
            unit,
            shown.reduce((sum, { self }) => sum + self, 0),
          )} by themselves`,
    )
  }

  let width = 0
  new ResizeObserver(([entry]) => {
    const next = Math.floor(entry?.contentRect.width ?? 0)
    if (next === width || next === 0) return
    width = next
    if (tree !== undefined) flame.draw(tree, isDifference)
  }).observe(flame.element)

  return {
    id: 'profiles',
    place: 'all',
    title: 'Profiles',
    content: h('div', {}, form, problem.element, none, list, view),
    update({ now: serverNow, profiles: changed }: Update) {
      now = serverNow
      profiles = changed ?? profiles
      show(profiles.toReversed())
      none.hidden = profiles.length > 0
    },
  }
}

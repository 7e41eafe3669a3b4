import { ask } from '../api.ts'
import { createList, createRow, h, number, table } from '../dom.ts'
import { duration } from '../format.ts'
import { createProblem, type Panel } from '../panel.ts'
import type { Session, Update } from '../types.ts'

export function createSessions(): Panel {
  const problem = createProblem()
  const sessions = table('Open debug sessions', [
    'For',
    'Level',
    'Opened by',
    number('Requests'),
    'Applied by',
    number('Ends in'),
    'Action',
  ])
  const none = h('p', {
    class: 'note',
    text: 'None is open. A session writes the debug lines of the requests it is for, until it ends by itself.',
  })
  let now = Date.now()

  const rows = createRow<Session>([
    { class: 'path', of: ({ everywhere, filter }) => filterText(everywhere, filter) },
    { of: ({ level }) => level },
    { of: ({ actor }) => actor },
    {
      class: 'number',
      of: ({ requests }) =>
        requests === undefined ? 'all' : `${requests.matched} of ${requests.seen}`,
    },
    { of: ({ instances }) => instances?.join(', ') ?? 'this process' },
    { class: 'number', of: ({ expiresAt }) => duration((Date.parse(expiresAt) - now) / 1000) },
  ])
  const show = createList<Session>(
    sessions.body,
    ({ id }) => id,
    (session) => {
      const row = rows(session)
      const close = () => void problem.run(() => ask(`sessions/${session.id}`, 'DELETE'))
      // As long as it was to last at first.
      const extend = () => void problem.run(() => ask(`sessions/${session.id}`, 'POST', {}))
      const button = (text: string, click: () => void) =>
        h('button', {
          type: 'button',
          text,
          'aria-label': `${text} the session of ${session.actor}`,
          on: { click },
        })
      row.element.append(h('td', {}, button('Close', close), ' ', button('Extend', extend)))
      return row
    },
  )
  let open: readonly Session[] = []

  const path = h('input', { name: 'path', placeholder: '/orders/:id', maxlength: 256 })
  const method = h('input', { name: 'method', placeholder: 'any', size: 6, maxlength: 32 })
  const user = h('input', { name: 'user', placeholder: 'any', size: 10, maxlength: 256 })
  const traceId = h('input', { name: 'trace', placeholder: 'any', size: 10, maxlength: 32 })
  const share = h('input', {
    name: 'share',
    type: 'number',
    value: 100,
    min: 0.01,
    max: 100,
    step: 'any',
    required: true,
  })
  const level = h(
    'select',
    { name: 'level' },
    h('option', { text: 'debug' }),
    h('option', { text: 'info' }),
  )
  const minutes = h('input', {
    name: 'minutes',
    type: 'number',
    value: 10,
    min: 1,
    max: 1440,
    required: true,
  })
  const actor = h('input', { name: 'actor', maxlength: 128, autocomplete: 'off' })
  const form = h(
    'form',
    {
      on: {
        submit(event) {
          event.preventDefault()
          const filter = {
            ...(path.value && { path: path.value }),
            ...(method.value && { method: method.value }),
            ...(user.value && { user: user.value }),
            ...(traceId.value && { traceId: traceId.value }),
            ...(share.valueAsNumber < 100 && { share: share.valueAsNumber / 100 }),
          }
          const ttlMs = Math.round(minutes.valueAsNumber * 60_000)
          const body = {
            level: level.value,
            filter,
            ttlMs,
            ...(actor.value && { actor: actor.value }),
          }
          void problem.run(() => ask('sessions', 'POST', body))
        },
      },
    },
    h('label', {}, 'Path', path),
    h('label', {}, 'Method', method),
    h('label', {}, 'User', user),
    h('label', {}, 'Trace', traceId),
    h('label', {}, '% of them', share),
    h('label', {}, 'Level', level),
    h('label', {}, 'Minutes', minutes),
    h('label', {}, 'Your name', actor),
    h('button', { text: 'Open a session' }),
  )

  const refresh = () => {
    show(open)
    sessions.element.hidden = open.length === 0
    none.hidden = open.length > 0
  }

  return {
    id: 'sessions',
    place: 'left',
    title: 'Sessions',
    content: h('div', {}, none, sessions.element, problem.element, form),
    update({ now: serverNow, sessions: changed }: Update) {
      now = serverNow
      open = changed ?? open
      refresh()
    },
  }
}

function filterText(everywhere: boolean, filter: Session['filter']): string {
  if (everywhere) return 'every request'
  const text = Object.entries(filter)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
  return text === '' ? 'what the program chose' : text
}

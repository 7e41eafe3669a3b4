import { h, setText } from './dom.ts'
import type { Update } from './types.ts'

export interface Panel {
  readonly id: string
  readonly title: string
  readonly content: HTMLElement
  /** Where it is on a wide screen. */
  readonly place: 'all' | 'left' | 'right'
  /** Takes what is new. */
  update?(update: Update): void
  /** Asks for what the stream does not carry; called when the panel is first shown. */
  load?(): void
}

/** A line that says what is missing, and is not there otherwise. */
export function createNote(): {
  readonly element: HTMLElement
  show(text: string | undefined): void
} {
  const element = h('p', { class: 'note', hidden: true })
  return {
    element,
    show(text) {
      element.hidden = text === undefined
      setText(element, text ?? '')
    },
  }
}

/** Says what went wrong, to those who see it and to those who hear it. */
export function createProblem(): {
  readonly element: HTMLElement
  /** Runs it, and says why it failed. */
  run(work: () => Promise<unknown>): Promise<void>
} {
  const element = h('p', { class: 'problem', role: 'alert', hidden: true })
  return {
    element,
    async run(work) {
      element.hidden = true
      try {
        await work()
      } catch (error) {
        element.hidden = false
        element.textContent = error instanceof Error ? error.message : String(error)
      }
    },
  }
}

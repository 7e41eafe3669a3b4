type Child = Node | string | number | null | undefined | false

interface Properties {
  readonly class?: string
  readonly text?: string
  readonly on?: Readonly<Record<string, (event: Event) => void>>
  readonly [attribute: string]: unknown
}

/** Makes an element. Whatever comes from outside becomes text, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  const { class: className, text, on = {}, ...attributes } = properties
  if (className !== undefined) element.className = className
  if (text !== undefined) element.textContent = text
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    element.setAttribute(name, value === true ? '' : String(value))
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener)
  append(element, children)
  return element
}

export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue
    parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)))
  }
}

/** Sets the text if it has changed: who has selected something keeps it. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

/** One item of a list on the page. */
export interface Item<T> {
  readonly element: HTMLElement
  update(value: T): void
}

/** Keeps the elements of a list, one for each key, so that focus and selection survive an update. */
export function createList<T>(
  parent: HTMLElement,
  keyOf: (value: T) => string | number,
  create: (value: T) => Item<T>,
): (values: readonly T[]) => void {
  const items = new Map<string | number, Item<T>>()
  return (values) => {
    const keys = new Set(values.map(keyOf))
    for (const [key, { element }] of items) {
      if (keys.has(key)) continue
      element.remove()
      items.delete(key)
    }
    let before: Element | null = parent.firstElementChild
    for (const value of values) {
      const key = keyOf(value)
      const item = items.get(key) ?? create(value)
      items.set(key, item)
      item.update(value)
      if (item.element === before) before = before.nextElementSibling
      else parent.insertBefore(item.element, before)
    }
  }
}

/** A row of text cells. The classes are those of the columns. */
export function createRow<T>(
  columns: readonly { readonly class?: string; readonly of: (value: T) => string }[],
): (value: T) => Item<T> {
  return () => {
    const cells = columns.map(({ class: name }) =>
      h('td', name === undefined ? {} : { class: name }),
    )
    return {
      element: h('tr', {}, ...cells),
      update(value) {
        for (const [index, { of }] of columns.entries()) setText(cells[index] as Node, of(value))
      },
    }
  }
}

/** A table with a caption for those who do not see it, in a box that scrolls by itself. */
export function table(
  caption: string,
  heads: readonly (string | { readonly text: string; readonly class: string })[],
): { readonly element: HTMLElement; readonly body: HTMLTableSectionElement } {
  const body = h('tbody')
  const row = heads.map((head) => {
    return typeof head === 'string'
      ? h('th', { scope: 'col', text: head })
      : h('th', { scope: 'col', ...head })
  })
  const element = h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', { class: 'hidden', text: caption }),
      h('thead', {}, h('tr', {}, ...row)),
      body,
    ),
  )
  return { element, body }
}

export const number = (text: string) => ({ text, class: 'number' })

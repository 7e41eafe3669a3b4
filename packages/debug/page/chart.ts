import uPlot from 'uplot'
import { h, setText } from './dom.ts'
import { clock } from './format.ts'

interface Series {
  readonly label: string
  /** A custom property of the style sheet: `--blue`. */
  readonly color: string
  readonly format: (value: number | null | undefined) => string
  /** Filled down to the series before it, or to the axis. */
  readonly fill?: boolean
}

interface Options {
  readonly title: string
  readonly series: readonly Series[]
  readonly axis: (value: number) => string
  /** How far apart its ticks may be. */
  readonly steps?: number[]
  /** The highest value that is always shown. */
  readonly atLeast?: number
}

export interface Chart {
  readonly element: HTMLElement
  /** Times in milliseconds, the values of each series, and the times that are marked. */
  draw(
    times: readonly number[],
    values: readonly (readonly (number | null)[])[],
    marks?: readonly number[],
  ): void
}

const height = 130

const colorOf = (property: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(property).trim()

/** A chart with its title and a legend that says the values, of now or of where the pointer is. */
export function createChart({ title, series, axis, steps, atLeast = 0 }: Options): Chart {
  let marked: readonly number[] = []
  const values = series.map(() => h('b', { text: '–' }))
  const legend = h(
    'ul',
    { class: 'legend' },
    ...series.map(({ label, color }, index) =>
      h('li', {}, h('i', { class: color.slice(2) }), `${label} `, values[index]),
    ),
  )
  const box = h('div', { class: 'plot', role: 'img', 'aria-label': title })
  const element = h('figure', {}, h('figcaption', { text: title }), legend, box)

  const plot = new uPlot(
    {
      width: 300,
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: {
        x: { time: true },
        y: { range: (_u, _min, max) => [0, Math.max(atLeast, (max ?? 0) * 1.1) || 1] },
      },
      axes: [
        {
          stroke: () => colorOf('--dim'),
          grid: { show: false },
          size: 24,
          values: '{HH}:{mm}:{ss}',
          space: 70,
        },
        {
          stroke: () => colorOf('--dim'),
          grid: { stroke: () => colorOf('--line'), width: 1 },
          size: 68,
          values: (_u, ticks) => ticks.map(axis),
          ...(steps && { incrs: steps }),
        },
      ],
      series: [
        {},
        ...series.map(({ label, color, fill }) => ({
          label,
          stroke: () => colorOf(color),
          width: 1.5,
          points: { show: false },
          ...(fill === true && {
            fill: () => `color-mix(in srgb, ${colorOf(color)} 25%, transparent)`,
          }),
        })),
      ],
      hooks: { draw: [drawMarks], setCursor: [say] },
    },
    [[]],
    box,
  )

  function drawMarks(u: uPlot): void {
    const { ctx, bbox } = u
    ctx.save()
    ctx.fillStyle = colorOf('--dim')
    for (const at of marked) {
      const x = u.valToPos(at / 1000, 'x', true)
      if (x >= bbox.left && x <= bbox.left + bbox.width)
        ctx.fillRect(x, bbox.top, devicePixelRatio, 8 * devicePixelRatio)
    }
    ctx.restore()
  }

  function say(u: uPlot): void {
    const index = u.cursor.idx ?? u.data[0].length - 1
    const texts = series.map(({ format }, i) => format(u.data[i + 1]?.[index]))
    for (const [i, text] of texts.entries()) setText(values[i] as Node, text)
    const when = u.cursor.idx == null ? '' : ` at ${clock((u.data[0][index] ?? 0) * 1000)}`
    box.title = when.trim()
  }

  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0)
    if (width > 0) plot.setSize({ width, height })
  }).observe(box)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plot.redraw(false))

  return {
    element,
    draw(times, data, marks = []) {
      marked = marks
      plot.setData([times.map((at) => at / 1000), ...data.map((each) => [...each])])
      say(plot)
      const now = series.map(({ label, format }, i) => `${label} ${format(data[i]?.at(-1))}`)
      box.setAttribute('aria-label', `${title}: now ${now.join(', ')}`)
    },
  }
}

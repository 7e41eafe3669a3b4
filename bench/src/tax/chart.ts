import type { Row } from './measurement.ts'

const width = 760
const left = 260
const bar = 22

/** A bar for each row: the best round, and a line at the median. */
export function chartOf(title: string, rows: readonly Row[]): string {
  const most = Math.max(...rows.map(({ userMicros }) => userMicros.median))
  const x = (micros: number) => ((width - left - 70) * micros) / most
  const bars = rows.map(({ name, userMicros: { best, median } }, index) => {
    const y = 40 + index * bar
    return [
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${name}</text>`,
      `<rect class="${name.split(':')[0]}" x="${left}" y="${y}" width="${x(best).toFixed(1)}" height="16"/>`,
      `<rect class="median" x="${(left + x(median)).toFixed(1)}" y="${y}" width="1" height="16"/>`,
      `<text x="${(left + x(median) + 6).toFixed(1)}" y="${y + 13}">${best.toFixed(1)}</text>`,
    ].join('')
  })
  const height = 52 + rows.length * bar
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<style>text { font: 13px sans-serif; fill: #333 } .title { font-weight: bold } .bare { fill: #aaa } .usual { fill: #d98a3d } .clew { fill: #2f7d6d } .median { fill: #333 } @media (prefers-color-scheme: dark) { text { fill: #ddd } .median { fill: #eee } }</style>
<text class="title" x="8" y="20">${title}: µs of user CPU for each request, best round; line: median</text>
${bars.join('\n')}
</svg>
`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function bytes(value: number | undefined): string {
  if (value === undefined) return '–'
  let index = 0
  let amount = value
  while (Math.abs(amount) >= 1024 && index < units.length - 1) {
    amount /= 1024
    index++
  }
  return `${amount.toFixed(index === 0 || amount >= 100 ? 0 : 1)} ${units[index]}`
}

export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 10_000 ? 1 : 2)} s`
  if (value >= 100) return `${value.toFixed()} ms`
  return `${value.toFixed(value >= 10 ? 1 : 2)} ms`
}

export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? '–' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`

export const clock = (atMs: number): string => new Date(atMs).toLocaleTimeString('en-GB')

export const exactClock = (atMs: number): string =>
  `${clock(atMs)}.${String(Math.floor(atMs % 1000)).padStart(3, '0')}`

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const h = Math.floor(whole / 3600)
  const m = Math.floor((whole % 3600) / 60)
  const s = whole % 60
  if (h > 0) return `${h} h ${m} min`
  return m > 0 ? `${m} min ${String(s).padStart(2, '0')} s` : `${s} s`
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/** For the axis of a chart, whose ticks are round. */
export const msTick = (value: number): string =>
  value >= 1000 ? `${value / 1000} s` : `${value} ms`

export const bytesTick = (value: number): string => bytes(value).replace(/\.0 /, ' ')

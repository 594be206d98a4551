/** Colours of all pictures, on white; the page swaps them for its own, which know the dark. */

export const palette = {
  ink: '#1f2937',
  muted: '#6b7280',
  line: '#e5e7eb',
  accent: '#2f5fd0',
  good: '#2b8a5b',
  bad: '#c4473a',
} as const

/** Of methods in their order: the first one, which is what the run is about, has the accent. */
export const methodColours = [
  palette.accent,
  '#8792a4',
  '#b98a2f',
  '#7d5ba6',
  '#2f8f9d',
  '#a8577e',
  '#5f8a3a',
  '#c46a35',
  '#4b5fa6',
  '#8a6f5c',
] as const

export const colourOf = (place: number): string =>
  methodColours[place % methodColours.length] ?? palette.muted

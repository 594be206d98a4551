/** Whether a text that was cut at its length was going round in circles. */

/** So often at least, and so many tokens of it, or it is a list and no loop. */
const leastTurns = 3
const leastTokens = 64

/**
 * Does it end in the same span of tokens, over and over? Pure. Linear in the tokens: read backwards, a loop of p
 * tokens is a text that is equal to itself p tokens on (the Z function).
 */
export function endsInLoop(tokens: readonly number[]): boolean {
  const { length } = tokens
  const fromEnd = (i: number) => tokens[length - 1 - i]
  /** Shape (tokens): how far the text from there on, backwards, is that from its end on. */
  const same = new Int32Array(length)
  let [left, right] = [0, 0]
  for (let i = 1; i < length; i++) {
    let run = i < right ? Math.min(right - i, same[i - left] ?? 0) : 0
    while (i + run < length && fromEnd(run) === fromEnd(i + run)) run++
    same[i] = run
    if (i + run > right) [left, right] = [i, i + run]
    const repeated = run + i
    if (repeated >= leastTurns * i && repeated >= leastTokens) return true
  }
  return false
}

/** The second prompt of the seed notebook (`reevaluate`): the problem and what is left of the reasoning. */
export function repromptText(problem: string, reasoning: string): string {
  return `Problem: ${problem}\n\nReasoning:\n${reasoning}\n\nBased on the above, the final answer is:`
}

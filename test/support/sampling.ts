/** The documented defaults of sampling, written down independently of lib/. */
export const defaultSampling = {
  temperature: 0,
  topK: 40,
  topP: 0.95,
  minP: 0,
  repeatPenalty: 1,
  presencePenalty: 0,
  repeatWindow: 64,
  seed: 0,
}

/** What a generation does not do unless it is asked to. */
export const off = { certainty: 0, alternatives: 0, templateArguments: {}, budget: null }

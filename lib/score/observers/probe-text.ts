import type { ModelThinking, Observation } from '../../../types/public.js'

/** What is decoded for an observer: its probe, and the tag that closes the model's thinking where it asks for it. */
export const probeText = (
  { probe = '', closes = false }: Pick<Observation, 'probe' | 'closes'>,
  { close }: Pick<ModelThinking, 'close'>,
): string => (closes ? probe + close : probe)

/** What cuda.cmake needs, or why there is none. `error`: the build cannot go on. */
export type CudaChoice =
  | { readonly error: string; readonly enabled?: undefined }
  | { readonly enabled: false; readonly reason: string; readonly error?: undefined }
  | {
      readonly enabled: true
      readonly toolkit: string
      readonly include: string
      readonly architectures: string
      readonly error?: undefined
    }

/** @param view where links are made to a toolkit that lacks names, as wheels do */
export function findCuda(
  env: Readonly<Record<string, string | undefined>>,
  view?: string,
): CudaChoice

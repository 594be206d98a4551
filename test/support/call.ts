/** Calls a function as untyped JavaScript does: with anything. */
export const call = (target: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown =>
  Reflect.apply(target, undefined, args)

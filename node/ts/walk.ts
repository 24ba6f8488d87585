/** Iterables of the user's, which may stall. */

/**
 * Gives each item to `take`, until the iterable ends or the signal is aborted: also one that has stalled ends then. Returns whether it came to
 * its end. @internal
 */
export async function walk<T>(items: Iterable<T> | AsyncIterable<T>, signal: AbortSignal | undefined, take: (item: T) => void): Promise<boolean> {
  const iterator = iteratorOf(items)
  let leave = () => {}
  // An item that is there already is still taken.
  const abort = () => void setImmediate(() => leave())
  if (signal?.aborted) {
    abort()
  }
  signal?.addEventListener('abort', abort, { once: true })
  let isWhole = false
  try {
    do {
      // Not `Promise.race`, which would keep each turn in memory until the signal is aborted.
      const next = await new Promise<IteratorResult<T> | null>((resolve, reject) => {
        leave = () => resolve(null)
        Promise.resolve(iterator.next()).then(resolve, reject)
      })
      if (next === null) {
        return false
      }
      isWhole = next.done === true
      if (!isWhole) {
        take(next.value)
      }
    } while (!isWhole && !signal?.aborted)
    return isWhole
  } finally {
    signal?.removeEventListener('abort', abort)
    if (!isWhole) {
      // As `for await` ends an iterable that is left early. One that has stalled may not answer.
      Promise.resolve(iterator.return?.()).catch(() => {})
    }
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> {
  const open = (items as Partial<AsyncIterable<T>>)[Symbol.asyncIterator]
  return open === undefined || open === null ? inTurn(items) : open.call(items)
}

/** The items of a list; those that are promises are awaited. */
async function* inTurn<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items
}

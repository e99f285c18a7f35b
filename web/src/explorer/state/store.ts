/** What people did, in one frozen record; whoever shows a part of it subscribes to the keys it reads. */

export type Listener<S> = (state: Readonly<S>, before: Readonly<S>) => void;

export interface Store<S extends object> {
  get(): Readonly<S>;
  /** Replaces the given keys; listeners of keys that really changed run once each, in order of subscription. */
  set(patch: Partial<S>): void;
  /** Runs `listener` after a change of any of `keys`; the answer ends the subscription. */
  on(keys: readonly (keyof S)[], listener: Listener<S>): () => void;
}

export function createStore<S extends object>(initial: S): Store<S> {
  let state: Readonly<S> = Object.freeze({ ...initial });
  const subscriptions = new Set<{ keys: ReadonlySet<keyof S>; listener: Listener<S> }>();
  return {
    get: () => state,
    set(patch) {
      const before = state;
      const changed = (Object.keys(patch) as (keyof S)[]).filter((key) => !Object.is(patch[key], before[key]));
      if (changed.length === 0) return;
      state = Object.freeze({ ...before, ...patch });
      for (const { keys, listener } of [...subscriptions]) {
        if (changed.some((key) => keys.has(key))) listener(state, before);
      }
    },
    on(keys, listener) {
      const subscription = { keys: new Set(keys), listener };
      subscriptions.add(subscription);
      return () => void subscriptions.delete(subscription);
    },
  };
}

/** Listeners by the name of what they listen to. */

type Handlers<T> = { [E in keyof T]: Set<T[E]> };
type Listener = (...values: never[]) => void;

export function createEvents<T extends { [E in keyof T]: Listener }>() {
  const handlers: Partial<Handlers<T>> = {};
  return {
    /** Answers with what ends the listening. */
    on<E extends keyof T>(event: E, listener: T[E]): () => void {
      const set = handlers[event] ?? new Set<T[E]>();
      handlers[event] = set;
      set.add(listener);
      return () => set.delete(listener);
    },
    emit<E extends keyof T>(event: E, ...values: Parameters<T[E]>): void {
      for (const listener of handlers[event] ?? []) listener(...(values as never[]));
    },
  };
}

/** A host for unit tests: answers by name, remembers what was asked, sends events when told. */
import { HostError } from "../src/host/error";
import type { CallName, Host, HostEvent, HostListener, RequestOf, ResponseOf, StreamNotice } from "../src/host/host";

export type Answers = {
  [N in CallName]?: (request: RequestOf<N>) => ResponseOf<N> | Promise<ResponseOf<N>>;
};

export interface FakeHost extends Host {
  /** Every call so far, oldest first. */
  asked: { name: CallName; request: unknown }[];
  answers: Answers;
  emit(message: HostEvent | StreamNotice): void;
}

export function fakeHost(answers: Answers = {}): FakeHost {
  const listeners = new Set<HostListener>();
  const host: FakeHost = {
    kind: "browser",
    asked: [],
    answers,
    async call<N extends CallName>(name: N, request: RequestOf<N>): Promise<ResponseOf<N>> {
      host.asked.push({ name, request });
      const answer = host.answers[name];
      if (!answer) throw new HostError("not_found", `nothing answers ${name}`);
      return answer(request) as Promise<ResponseOf<N>>;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    saveFile: async () => true,
    pickFiles: async () => [],
    ready: async () => {},
    close: async () => {},
    emit(message) {
      for (const listener of listeners) listener(message);
    },
  };
  return host;
}

/** Lets everything that waits for an answer go on. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 12; i += 1) await Promise.resolve();
}

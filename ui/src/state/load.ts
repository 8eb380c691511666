/** How far a list has come; every panel shows each of the three in words. */
export type LoadState = { is: "loading" } | { is: "ready" } | { is: "failed"; reason: string };

import { defineConfig } from "vitest/config";

/** The built page in a real browser; `npm run e2e:page` builds it first. */
export default defineConfig({
  root: import.meta.dirname,
  cacheDir: "../node_modules/.vite-page",
  test: {
    environment: "node",
    include: ["*.page.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    fileParallelism: false,
  },
});

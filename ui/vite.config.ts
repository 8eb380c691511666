import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds a running program; its token goes into the page's address. */
const door = process.env.WORKBENCH_URL ?? "http://127.0.0.1:8383";

export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  build: {
    target: "es2022",
    // The content security policy forbids data: fonts and inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    host: "127.0.0.1",
    port: 5183,
    strictPort: true,
    // The door answers only its own page, so that is what we say we are.
    proxy: Object.fromEntries(
      ["/rpc", "/events"].map((path) => [path, { target: door, changeOrigin: true, headers: { origin: door } }]),
    ),
  },
  preview: { host: "127.0.0.1", port: 5184, strictPort: true },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
    // Svelte's browser build, not the one for servers.
    server: { deps: { inline: [/svelte/] } },
  },
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
});

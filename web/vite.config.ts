import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` asks for answers of the API. */
const server = process.env.HEFU_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig(({ command }) => ({
  // The server answers the files of a build under this path.
  base: command === "build" ? "/app/" : "/",
  plugins: [
    react(),
    // The kit of components carries its few words in thirty languages; two are spoken here.
    { ...optimizeLocales.vite({ locales: ["zh-CN", "en-US"] }), enforce: "pre" },
  ],
  build: {
    target: "es2022",
    manifest: true,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Under the policy of the server no style may be written into the page.
    cssCodeSplit: true,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      // The server refuses what another origin sends; while developing, the page is one.
      "^/(api|healthz)": {
        target: server,
        changeOrigin: true,
        configure: (proxy) => proxy.on("proxyReq", (request) => request.setHeader("origin", server)),
      },
    },
  },
  test: { include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.mjs"], environment: "node" },
}));

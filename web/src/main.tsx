import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, useEffect, useRef } from "react";
import { RouterProvider as AriaRouter, I18nProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { newQueryClient } from "./api/queries";
import { Door } from "./frame/door";
import { begin, useLanguage } from "./i18n";
import { beginTheme } from "./lib/theme";
import { router } from "./router";
import "./theme/base.css";

const client = newQueryClient();

function App() {
  const language = useLanguage();
  const asked = useRef(language);
  useEffect(() => {
    // What the server said in words was said in the other language.
    if (asked.current !== language) void client.invalidateQueries();
    asked.current = language;
  }, [language]);
  return (
    <I18nProvider locale={language === "en" ? "en-GB" : "zh-CN"}>
      <QueryClientProvider client={client}>
        <AriaRouter navigate={(to) => router.history.push(to)}>
          <RouterProvider router={router} />
          <Door />
        </AriaRouter>
      </QueryClientProvider>
    </I18nProvider>
  );
}

beginTheme();
const root = document.getElementById("root");
if (root) {
  void begin().then(() =>
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    ),
  );
}

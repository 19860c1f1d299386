import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { until, type Visitor } from "./visitor.js";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const ENTER = "\uE007";

type Command = <T>(method: string, path: string, body?: object) => Promise<T>;

/** WebKitGTK's own browser, whose folder is named after the architecture. */
function miniBrowser(): string {
  const [folder] = readdirSync("/usr/lib").filter((name) => name.endsWith("-linux-gnu"));
  return `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Plain W3C WebDriver. */
function commands(port: number): Command {
  return async (method, path, body) => {
    const init = body ? { method, body: JSON.stringify(body) } : { method };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value as never;
  };
}

async function ready(command: Command): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await command("GET", "/status").catch(() => undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("WebKitWebDriver does not start");
}

function visitorOf(command: Command, session: string, browser: string, close: () => Promise<void>): Visitor {
  const find = async (selector: string): Promise<string> => {
    const found = await command<Record<string, string>>("POST", `${session}/element`, {
      using: "css selector",
      value: selector,
    });
    return `${session}/element/${found[ELEMENT]}`;
  };
  const type = async (selector: string, text: string) =>
    command<void>("POST", `${await find(selector)}/value`, { text });
  const evaluate = <T>(expression: string) =>
    command<T>("POST", `${session}/execute/sync`, { script: `return ${expression}`, args: [] });
  const click = async (selector: string) => command<void>("POST", `${await find(selector)}/click`, {});
  return {
    browser,
    resize: async (width, height) => {
      const rect = await command<{ width: number; height: number }>("GET", `${session}/window/rect`);
      const [innerWidth, innerHeight] = await evaluate<[number, number]>("[innerWidth, innerHeight]");
      // The window is larger than the page by the browser's own bars.
      const bars = { width: rect.width - innerWidth, height: rect.height - innerHeight };
      const size = { width: width + bars.width, height: height + bars.height };
      await command("POST", `${session}/window/rect`, size);
    },
    open: (url) => command("POST", `${session}/url`, { url }),
    fill: async (selector, text) => {
      await command("POST", `${await find(selector)}/clear`, {});
      if (text) await type(selector, text);
    },
    choose: (selector, value) => click(`${selector} option[value="${value}"]`),
    click,
    enter: (selector) => type(selector, ENTER),
    evaluate,
    close,
  };
}

/** WebKitGTK under a virtual screen. */
export async function openWebKit(): Promise<Visitor> {
  const port = await freePort();
  const driver = spawn("xvfb-run", ["-a", "-s", "-screen 0 1600x1200x24", "WebKitWebDriver", `--port=${port}`], {
    detached: true,
    stdio: "ignore",
  });
  const command = commands(port);
  await ready(command);
  const options = { binary: miniBrowser(), args: ["--automation"] };
  const { sessionId, capabilities } = await command<{ sessionId: string; capabilities: Record<string, string> }>(
    "POST",
    "/session",
    { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } } },
  );
  const session = `/session/${sessionId}`;
  const visitor = visitorOf(command, session, `WebKitGTK ${capabilities.browserVersion}`, async () => {
    await command("DELETE", session);
    // The driver and its virtual screen are one group of processes.
    if (driver.pid) process.kill(-driver.pid);
  });
  await until(visitor, "true");
  return visitor;
}

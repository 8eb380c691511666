/** The console, the composite builder, the attributes, the palette: as a person uses them, on one fake device. */
import { describe, expect, it } from "vitest";

import { desks } from "./desks";

const atTheDesk = desks();

describe("the console", () => {
  it("completes a name to its path, runs the line and shows what came", async () => {
    await atTheDesk(async ({ page, asked }) => {
      await page.getByRole("tab", { name: "Console" }).click();
      const line = page.getByRole("combobox", { name: /^Command for/ });
      await line.pressSequentially("read batt");
      await page.getByRole("option", { name: /Battery Level/ }).waitFor();
      await page.keyboard.press("Tab");
      await expect.poll(() => line.inputValue()).toBe("read /3/0/9");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Enter");
      await page.getByRole("log").getByText("success").waitFor();
      expect(asked("console_run").at(-1)).toMatchObject({ line: "read /3/0/9" });
      await page.keyboard.press("ArrowUp");
      await expect.poll(() => line.inputValue()).toBe("read /3/0/9");
    });
  });

  it("says what is wrong with a line, and where", async () => {
    await atTheDesk(async ({ page }) => {
      await page.getByRole("tab", { name: "Console" }).click();
      await page.getByRole("combobox", { name: /^Command for/ }).pressSequentially("read nowhere");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("Column 6: a path is expected").waitFor();
    });
  });
});

describe("the composite builder", () => {
  it("reads several paths together and says for which nothing came", async () => {
    await atTheDesk(async ({ page, asked }) => {
      await page.getByRole("tab", { name: "Composite" }).click();
      await page.getByRole("textbox", { name: "Add paths" }).fill("3/0/9 /3303 /9/9/9");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Read together" }).click();
      await page.getByText("nothing came").waitFor();
      expect(asked("composite_read").map(({ paths }) => paths)).toEqual([["/3/0/9", "/3303", "/9/9/9"]]);
    });
  });

  it("writes only what was typed and checked", async () => {
    await atTheDesk(async ({ page, asked }) => {
      await page.getByRole("tab", { name: "Composite" }).click();
      await page.getByRole("textbox", { name: "Add paths" }).fill("/1/0/1 /3/0/14 /3/0/9");
      await page.keyboard.press("Enter");
      await page.getByRole("tab", { name: "Write" }).click();
      await page.getByText("cannot be written").waitFor();
      await page.getByRole("textbox", { name: "Value of /3/0/14" }).fill("noon");
      await page.getByText("UTC Offset takes").waitFor();
      await page.getByRole("textbox", { name: "Value of /3/0/14" }).fill("+05:30");
      await page.getByRole("textbox", { name: "Value of /1/0/1" }).fill("600");
      await page.getByRole("button", { name: "Write 2 at once" }).click();
      await expect.poll(() => asked("composite_write")).toHaveLength(1);
      expect(asked("composite_write")[0]?.values?.map(({ path }) => path)).toEqual(["/1/0/1", "/3/0/14"]);
    });
  });

  it("uses a set of the device's model, and lists what is observed together", async () => {
    await atTheDesk(async ({ page, asked }) => {
      await page.getByRole("tab", { name: "Composite" }).click();
      await page.getByRole("button", { name: /^climate/ }).click();
      await page.getByRole("tab", { name: "Observe" }).click();
      await page.getByRole("button", { name: "Observe together" }).click();
      await page.getByText("Observed together").waitFor();
      await page.getByRole("button", { name: "End this observation" }).click();
      await expect.poll(() => asked("composite_cancel")).toHaveLength(1);
    });
  });
});

describe("notification attributes", () => {
  it("stand in words, say where they come from, and are set together", async () => {
    await atTheDesk(async ({ page, row, asked }) => {
      await row("/3303/0/5700").click();
      const reports = page.getByRole("region", { name: "Reports" });
      await reports.getByText("at most every 5 s").waitFor();
      await reports.getByText("from /1/0").waitFor();
      await reports.getByRole("textbox", { name: /^pmax/ }).fill("60");
      await reports.getByRole("button", { name: "Set on the device" }).click();
      await expect.poll(() => asked("attributes_write")).toHaveLength(1);
      expect(asked("attributes_write")[0]).toMatchObject({ path: "/3303/0/5700", attributes: { pmax: 60 } });
    });
  });
});

describe("the palette", () => {
  it("finds a place of the device in front and goes there", async () => {
    await atTheDesk(async ({ page, door }) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: /^Search/ }).pressSequentially("humid");
      await page.getByRole("option", { name: /Humidity/ }).first().click();
      await page.getByRole("region", { name: "Inspector" }).getByRole("heading", { name: /Humidity/ }).waitFor();
      expect(door.endpoint).toContain("urn:imei");
    });
  });
});

describe("triggers", () => {
  it("ask before a device goes away", async () => {
    await atTheDesk(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Disable" }).click();
      await page.getByText("stays away for 86400 s").waitFor();
      expect(asked("resource_execute")).toHaveLength(0);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Send an Update now" }).click();
      await expect.poll(() => asked("resource_execute").map(({ path }) => path)).toEqual(["/1/0/8"]);
    });
  });
});

describe("the queue of a sleeping device", () => {
  it("says when the device is expected and lets the order be changed", async () => {
    await atTheDesk(async ({ page, asked }) => {
      await page.getByRole("tab", { name: "Operations" }).click();
      const queue = page.getByRole("region", { name: /^Queue of/ });
      await queue.getByText("asleep").waitFor();
      await queue.getByText(/^12:3\d$/).waitFor();
      await queue.getByText("wake-up").first().waitFor();
      await queue.getByRole("button", { name: "Later" }).first().click();
      await expect.poll(() => asked("operation_move")).toMatchObject([{ operation: "q-1", position: 1 }]);
      await queue.getByRole("button", { name: "normal" }).first().click();
      await page.getByRole("menuitem", { name: "high" }).click();
      await queue.getByRole("button", { name: "high" }).waitFor();
    });
  });
});

describe("the profile of a device", () => {
  it("says that what mends a finding waits for a sleeper, and leads to the queue", async () => {
    await atTheDesk(async ({ page, emit, door }) => {
      const taken = door.answer;
      door.answer = (name, request) => (name === "resource_write" ? { status: 200, body: { operation: "op-life" } } : taken(name, request));
      await page.getByRole("tab", { name: "Profile 1" }).click();
      const finding = page.getByRole("region", { name: "Findings" });
      await finding.getByRole("button", { name: "Write a longer lifetime" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Write a longer lifetime" }).click();
      const waiting = { operation: "op-life", endpoint: door.endpoint, name: "resource_write", path: "/1/0/1", priority: "normal", state: "queued", waits_for: "wake" };
      await emit("operation", { ...waiting, started_at: new Date().toISOString() });
      await finding.getByText("Queued until it wakes").waitFor();
      // Whoever looks elsewhere meanwhile does not ask it twice.
      await page.getByRole("tab", { name: "Notes" }).click();
      await page.getByRole("tab", { name: "Profile 1" }).click();
      await finding.getByText("Queued until it wakes").waitFor();
      expect(await finding.getByRole("button", { name: "Write a longer lifetime" }).isDisabled()).toBe(true);
      await finding.getByRole("button", { name: "Show the queue" }).click();
      await page.getByRole("tabpanel", { name: /^(Queue|Operations)/ }).waitFor();
    });
  });

  it("says what was seen of each deviation, and what becomes of it", async () => {
    await atTheDesk(async ({ page, asked }) => {
      await page.getByRole("tab", { name: "Profile 1" }).click();
      const finding = page.getByRole("region", { name: "Findings" });
      await finding.getByText("lasts 300 s").waitFor();
      await finding.getByRole("button", { name: "Write a longer lifetime" }).click();
      await page.getByText("1800 is written to /1/0/1").waitFor();
      expect(asked("resource_write")).toEqual([]);
      await page.getByRole("dialog").getByRole("button", { name: "Write a longer lifetime" }).click();
      await finding.getByText(/^(sent|success)$/).first().waitFor();
      await expect.poll(() => asked("resource_write")).toMatchObject([{ path: "/1/0/1" }]);
      await page.getByText("answers without a Content-Format").waitFor();
      await page.getByLabel("Treatment of QRK-05").selectOption("strict");
      await expect.poll(() => asked("profile_put")).toMatchObject([{ profile: { quirks: { "QRK-05": "strict" } } }]);
      await page.getByLabel("Awake window, seconds").fill("0");
      await page.getByText("Whole seconds from 1 to 86400").waitFor();
      await page.getByLabel("Awake window, seconds").fill("40");
      await page.keyboard.press("Enter");
      await expect.poll(() => asked("profile_put").at(-1)).toMatchObject({ profile: { awake_window_s: 40 } });
    });
  });
});

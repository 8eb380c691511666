/**
 * The device workspace of the built page in a browser, with one fake device behind
 * the fake door: reading, writing, observing, charting, and what survives a reload.
 */
import { stat } from "node:fs/promises";

import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { violations } from "./browser";
import { desks } from "./desks";
import { LARGE_BYTES } from "./workspace-fake";

const atTheDesk = desks();

describe("the tree of objects", () => {
  it("reads a node when it opens, and not again while its values are fresh", async () => {
    await atTheDesk(
      async ({ row, cell, asked }) => {
        await row("/3").click();
        await expect.poll(() => cell("/3/0/0", "value").textContent()).toContain("Meridian");
        expect(asked("resource_read").map(({ path }) => path)).toEqual(["/3"]);
        await row("/3").click();
        await row("/3").click();
        await row("/3/0/0").waitFor();
        expect(asked("resource_read")).toHaveLength(1);
      },
      { known: false },
    );
  });

  it("is walked with the keyboard and filtered by typing", async () => {
    await atTheDesk(
      async ({ page, row }) => {
        await row("/3303").click();
        await row("/3303/0").waitFor();
        await page.keyboard.press("ArrowLeft");
        await row("/3303/0").waitFor({ state: "detached" });
        await page.keyboard.press("ArrowRight");
        await row("/3303/0").waitFor();
        await page.keyboard.press("ArrowRight");
        expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.key)).toBe("/3303/0");
        await page.keyboard.press("ArrowLeft");
        await page.keyboard.press("ArrowLeft");
        await row("/3303/0").waitFor({ state: "detached" });
        await page.keyboard.type("batt");
        await row("/3/0/9").waitFor();
        expect(await page.locator("[role=treegrid] [data-index]").count()).toBe(2);
        await page.keyboard.press("Escape");
        await row("/3303").waitFor();
      },
      { known: false },
    );
  });

  it("says what failed at the row, with the way to try again", async () => {
    await atTheDesk(
      async ({ page, row, asked }) => {
        await row("/5").click();
        const sentence = page.getByText("No answer after 4 retransmissions").first();
        await sentence.waitFor({ timeout: 15_000 });
        await page.locator('[data-key="failure /5"]').getByRole("button", { name: "Try again" }).click();
        await expect.poll(() => asked("resource_read").filter(({ path }) => path === "/5")).toHaveLength(2);
      },
      { known: false },
    );
  });

  it("observes with one press and ends it with another", async () => {
    await atTheDesk(
      async ({ row, page, asked }) => {
        await row("/3303").click();
        await row("/3303/0").click();
        await row("/3303/0/5700").click();
        await page.keyboard.press("o");
        const pressed = row("/3303/0/5700").locator("[aria-pressed=true]");
        await pressed.waitFor();
        await pressed.click();
        await row("/3303/0/5700").locator('[aria-pressed=false][aria-label^="Observe"]').waitFor();
        expect(asked("observation_start")).toHaveLength(1);
        expect(asked("observation_cancel")).toHaveLength(1);
      },
      { known: false },
    );
  });

  it("executes only after naming the device", async () => {
    await atTheDesk(async ({ page, row, asked }) => {
      await row("/3/0/4").dblclick();
      await page.getByRole("dialog").getByText("Water meter, shelf 3").waitFor();
      expect(asked("resource_execute")).toEqual([]);
      await page.keyboard.type("0='U'");
      await page.keyboard.press("Enter");
      await expect.poll(() => asked("resource_execute")).toMatchObject([{ path: "/3/0/4", arguments: "0='U'" }]);
    });
  });

  it("creates an instance and selects it, and deletes one after asking", async () => {
    await atTheDesk(
      async ({ page, row, asked }) => {
        await row("/3303").click({ button: "right" });
        await page.getByRole("menuitem", { name: "Create instance…" }).click();
        await page.getByRole("textbox", { name: "Application Type" }).fill("outlet");
        await page.getByRole("button", { name: "Create instance" }).click();
        await row("/3303/2").waitFor();
        expect(asked("instance_create")).toMatchObject([{ object: 3303, values: [{ path: "5750", kind: "string", value: "outlet" }] }]);
        await row("/3303/2").click({ button: "right" });
        await page.getByRole("menuitem", { name: "Delete /3303/2…" }).click();
        await page.getByRole("button", { name: "Delete /3303/2" }).click();
        await row("/3303/2").waitFor({ state: "detached" });
      },
      { known: false },
    );
  });
});

describe("editing", () => {
  it("begins with the present value, refuses with a sentence, sends with Enter and confirms by reading", async () => {
    await atTheDesk(async ({ page, row, cell, asked }) => {
      await row("/3/0/14").dblclick();
      const input = page.getByRole("textbox", { name: "UTC Offset" });
      expect(await input.inputValue()).toBe("+01:00");
      await input.fill("noon");
      await page.getByText("UTC Offset takes ±hh:mm").waitFor();
      await page.keyboard.press("Enter");
      expect(asked("resource_write")).toEqual([]);
      await input.fill("+02:00");
      await page.keyboard.press("Enter");
      await expect.poll(() => asked("resource_write")).toHaveLength(1);
      await expect.poll(() => asked("resource_read").some(({ path }) => path === "/3/0/14")).toBe(true);
      await expect.poll(() => cell("/3/0/14", "value").textContent()).toContain("+02:00");
      await cell("/3/0/14", "value").locator(".unconfirmed").waitFor({ state: "detached" });
    });
  });

  it("stages with Tab, keeps that over a reload, and sends all with one key", async () => {
    await atTheDesk(async ({ page, row, cell, asked, kept, door }) => {
      await row("/3/0/14").dblclick();
      await page.getByRole("textbox", { name: "UTC Offset" }).fill("+05:30");
      await page.keyboard.press("Tab");
      await expect.poll(() => cell("/3/0/14", "age").textContent()).toContain("staged");
      await kept("+05:30");
      await page.reload();
      await page.locator(`[data-key="${door.endpoint}"]`).first().waitFor();
      await expect.poll(() => cell("/3/0/14", "age").textContent()).toContain("staged");
      expect(asked("resource_write")).toEqual([]);
      await page.keyboard.press("Control+s");
      await expect.poll(() => asked("resource_write")).toMatchObject([{ path: "/3/0/14", values: [{ value: "+05:30" }] }]);
      await page.getByText("1 staged").waitFor({ state: "detached" });
    });
  });

  it("keeps what was typed when the focus goes elsewhere", async () => {
    await atTheDesk(async ({ page, row, cell }) => {
      await row("/3/0/15").dblclick();
      await page.getByRole("textbox", { name: "Timezone" }).fill("Europe/Vienna");
      await row("/3/0/0").click();
      await expect.poll(() => cell("/3/0/15", "value").textContent()).toContain("Europe/Vienna");
      await page.getByRole("button", { name: "Discard" }).first().click();
      await expect.poll(() => cell("/3/0/15", "value").textContent()).toContain("Europe/Berlin");
    });
  });
});

describe("a large value", () => {
  const path = "/32770/0/2";
  /** It lies below what the tree shows at first. */
  const find = async (page: Page, row: Locator) => {
    await page.locator("[role=treegrid] [tabindex='0']").focus();
    await page.keyboard.press("/");
    await page.keyboard.type(path);
    await row.waitFor();
  };

  it("says how much of it is shown, and comes whole on demand", async () => {
    await atTheDesk(async ({ row, cell, page, asked }) => {
      await find(page, row(path));
      await cell(path, "name").click();
      const inspector = page.getByRole("region", { name: "Inspector" });
      await inspector.getByText("First 1.0 kB of 37.2 kB").first().waitFor();
      expect(asked("value_get")).toHaveLength(0);
      await row(path).getByRole("button", { name: /^First 1.0 kB of 37.2 kB of .* Load all$/ }).waitFor();
      await inspector.getByRole("button", { name: "Load all" }).click();
      await inspector.getByText("First 1.0 kB").first().waitFor({ state: "detached" });
      await inspector.getByText("and 36.7 kB more").waitFor();
      expect(asked("value_get").map((request) => request.path)).toEqual([path]);
      const download = page.waitForEvent("download");
      await inspector.getByRole("button", { name: "Save as…" }).click();
      const file = await download;
      expect(file.suggestedFilename()).toBe("urn-imei-356938035643809-32770-0-2.bin");
      expect((await stat(await file.path())).size).toBe(LARGE_BYTES);
    });
  });

  it("is edited whole, never cut off", async () => {
    await atTheDesk(async ({ row, cell, page, asked }) => {
      await find(page, row(path));
      await cell(path, "value").dblclick({ position: { x: 10, y: 10 } });
      const editor = row(path).getByRole("textbox");
      await expect.poll(async () => (await editor.inputValue()).length).toBe(2 * LARGE_BYTES);
      expect(asked("value_get")).toHaveLength(1);
    });
  });
});

describe("a chart", () => {
  it("appears with one key, takes another resource by drag, and is there again after a reload", async () => {
    await atTheDesk(async ({ page, row, asked, kept }) => {
      await row("/3").click();
      await row("/3303/0/5700").click();
      await page.keyboard.press("c");
      const chart = page.getByRole("region", { name: /^Chart of/ });
      await chart.locator("canvas").waitFor();
      await expect.poll(() => asked("reading_chart").length).toBeGreaterThan(0);
      await row("/4/0/2").locator(".name").dragTo(chart);
      await expect.poll(() => chart.getByRole("listitem").count()).toBe(2);
      await kept('"path":"/4/0/2"}]');
      await page.reload();
      await expect.poll(() => chart.getByRole("listitem").count()).toBe(2);
      await chart.locator("canvas").waitFor();
    });
  });

  it("zooms by dragging, goes back, and stands still while values keep coming", async () => {
    await atTheDesk(async ({ page, row }) => {
      await row("/3").click();
      await row("/3303/0/5700").click();
      await page.keyboard.press("c");
      const chart = page.getByRole("region", { name: /^Chart of/ });
      // With the history come the units, and with them another drawing.
      await chart.getByRole("listitem").getByText("°C").waitFor();
      const over = chart.locator(".u-over");
      await over.waitFor();
      const box = (await over.boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.3, box.y + 30);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 5 });
      await page.mouse.up();
      const back = chart.getByRole("button", { name: "Back to the present" });
      await back.click();
      await back.waitFor({ state: "detached" });
      await chart.getByRole("application").focus();
      await page.keyboard.press("Space");
      await chart.getByText("frozen, values keep coming").waitFor();
    });
  });

  it("says in words that there is nothing yet, with the button that changes it", async () => {
    await atTheDesk(
      async ({ page, row, asked }) => {
        await row("/3304").click();
        await row("/3304/0").click();
        await row("/3304/0/5700").click();
        await page.keyboard.press("c");
        await page.getByText("No values yet. Observe /3304/0/5700").waitFor();
        await page.getByRole("region", { name: /^Chart of/ }).getByRole("button", { name: "Observe /3304/0/5700" }).click();
        await expect.poll(() => asked("observation_start")).toHaveLength(1);
        await page.getByText("No values yet").waitFor({ state: "detached" });
      },
      { known: false },
    );
  });
});

describe.each([true, false])("dark: %s", (dark) => {
  it.each([
    ["Objects", '[data-key="/3303/0/5700"]'],
    ["Charts", ".u-over"],
    ["Composite", "form"],
    ["Console", "[role=combobox]"],
    ["Operations", "[role=row][data-index]"],
    ["Messages", "[role=row][data-index]"],
    ["Profile", "table"],
    ["Notes", "textarea"],
  ])("the tab %s is in order", async (tab, there) => {
    await atTheDesk(
      async ({ page, row, complaints }) => {
        await row("/3").click();
        await row("/3303/0/5700").click();
        await page.keyboard.press("c");
        await page.getByRole("tab", { name: tab }).click();
        await page.getByRole("tabpanel", { name: tab }).locator(there).first().waitFor();
        expect(await violations(page)).toEqual([]);
        expect(complaints).toEqual([]);
      },
      { dark },
    );
  });
});

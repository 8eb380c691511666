/** The area of security, as a person uses it, on a fake door. */
import { describe, expect, it } from "vitest";

import { builtPage, openPage, violations, type Opened } from "./browser";
import { fakeDoor, type FakeDoor } from "./fake-door";
import { GENERATED_KEY } from "./security-fake";

const built = builtPage();

async function atTheDoor(act: (opened: Opened & { door: FakeDoor }) => Promise<void>, dark = true): Promise<void> {
  const door = fakeDoor({ theme: dark ? "dark" : "light" });
  const opened = await openPage(built.browser, built.url, door, { dark });
  await opened.page.getByText("of 14 online").first().waitFor();
  try {
    await act({ ...opened, door });
    // What the program refuses shows as a failed load too.
    expect(opened.complaints.filter((one) => !one.includes("/rpc/"))).toEqual([]);
  } finally {
    await opened.page.context().close();
  }
}

describe("a new device", () => {
  it("takes its name and two presses, shows the key once, each step of its handshake, and when it came", async () => {
    await atTheDoor(async ({ page, asked, emit, door }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("meter-9");
      await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Waiting for meter-9" });
      await dialog.waitFor();
      expect(asked("credential_put")).toMatchObject([{ endpoint: "meter-9", mode: "psk", server: "management" }]);
      expect(await dialog.getByText(GENERATED_KEY).count()).toBe(0);
      await dialog.getByRole("button", { name: "Show the Key, hex" }).click();
      await dialog.getByText(GENERATED_KEY).waitFor();
      await dialog.getByText("coaps://127.0.0.1:5684").waitFor();

      const from = { address: "192.168.1.77:50000", time: new Date().toISOString() };
      const steps = dialog.getByRole("list", { name: "Handshake" });
      await emit("security", { ...from, kind: "step", step: "hello" });
      await emit("security", { ...from, kind: "step", step: "verified" });
      await dialog.getByText("From 192.168.1.77:50000").waitFor();
      const { body } = door.answer("pending_list", {}) as { body: { pending: unknown[] } };
      const ours = { identity: "meter-9", identity_hex: Buffer.from("meter-9").toString("hex") };
      await emit("security", { ...from, ...ours, kind: "failed", step: "key_exchange", failure: body.pending[0] });
      await dialog.getByText("Both prove to have the same keys: this failed").waitFor();
      await dialog.getByText("different keys for it").waitFor();
      expect(await violations(page)).toEqual([]);
      await emit("security", { ...from, kind: "step", step: "hello" });
      await emit("security", { ...from, ...ours, kind: "established", mode: "psk" });
      await expect.poll(() => steps.locator("time").count()).toBe(4);
      await emit("device", { endpoint: "meter-9", device: { ...door.devices[0], endpoint: "meter-9", registered_at: new Date(Date.now() + 1_000).toISOString() } });
      await page.getByRole("dialog", { name: "meter-9 is here" }).getByRole("button", { name: "Open the device" }).waitFor();
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Open the device");
    });
  });

  it("does not lose the only copy of its key by a slip", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("meter-9");
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog", { name: "Waiting for meter-9" });
      await expect.poll(() => page.evaluate(() => document.activeElement?.ariaLabel)).toBe("Copy Key, hex");
      await page.mouse.click(5, 400);
      const question = page.getByRole("dialog", { name: "Close without copying the key?" });
      // The press beside it did nothing: a question would have taken the focus.
      await page.waitForTimeout(100);
      expect(await question.count()).toBe(0);
      expect(await page.evaluate(() => document.activeElement?.closest("dialog")?.textContent?.includes("Waiting for meter-9"))).toBe(true);
      // Twice: some web views ask about the first Escape only.
      for (let i = 0; i < 2; i += 1) {
        await page.keyboard.press("Escape");
        await question.getByRole("button", { name: "Cancel" }).click();
      }
      await page.keyboard.press("Escape");
      await question.waitFor();
      await page.keyboard.press("Escape");
      await question.waitFor({ state: "detached" });
      await dialog.getByRole("button", { name: "Show the Key, hex" }).click();
      await dialog.getByRole("button", { name: "Close" }).last().click();
      await dialog.waitFor({ state: "detached" });
    });
  });

  it("may be many that fit a pattern, with a certificate too, and says what it replaces before it does", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Holder").selectOption("pattern");
      await page.getByLabel("Endpoints, with *").fill("meter-*");
      await page.getByLabel("Proves itself by").selectOption("x509");
      await page.getByText("meter-* has a credential for this server (PSK).").waitFor();
      await page.getByRole("button", { name: "Replace", exact: true }).click();
      await page.getByRole("dialog", { name: "Waiting for meter-*" }).getByText("It replaced the former credential").waitFor();
      expect(asked("credential_put")).toEqual([{ endpoint_pattern: "meter-*", server: "management", mode: "x509" }]);
    });
  });

  it("replaces nothing before that was said, however fast it is typed", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("valve-7");
      await page.keyboard.press("Enter");
      await page.getByText("valve-7 has a credential for this server").waitFor();
      expect(asked("credential_put")).toEqual([]);
      await page.keyboard.press("Enter");
      await expect.poll(() => asked("credential_put")).toHaveLength(1);
    });
  });

  it("shows the identity that it was given, also where another holder is chosen meanwhile", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("meter-9");
      await page.getByText("the identity is the endpoint name").waitFor();
      await page.getByLabel("Holder", { exact: true }).selectOption("pattern");
      await page.getByLabel("Identity", { exact: true }).fill("batch-9");
      await page.getByLabel("Holder", { exact: true }).selectOption("endpoint");
      expect(await page.getByLabel("Identity", { exact: true }).inputValue()).toBe("batch-9");
      // Nor does it go while it is edited.
      await page.getByLabel("Identity", { exact: true }).fill("");
      await page.getByLabel("Identity", { exact: true }).fill("meter-9");
    });
  });

  it("of many keeps the only copy of their key until it is copied, whoever of them comes", async () => {
    await atTheDoor(async ({ page, emit, door }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Holder").selectOption("pattern");
      await page.getByLabel("Endpoints, with *").fill("pump-*");
      await page.getByLabel("Identity", { exact: true }).fill("pumps");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Waiting for pump-*" }).waitFor();
      await expect.poll(() => page.evaluate(() => document.activeElement?.ariaLabel)).toBe("Copy Key, hex");
      await emit("device", { endpoint: "pump-1", device: { ...door.devices[0], endpoint: "pump-1", registered_at: new Date(Date.now() + 1_000).toISOString() } });
      const here = page.getByRole("dialog", { name: "pump-1 is here" });
      await here.waitFor();
      expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe("Copy Key, hex");
      await here.getByRole("button", { name: "Open the device" }).click();
      await page.getByRole("dialog", { name: "Close without copying the key?" }).getByRole("button", { name: "Cancel" }).click();
      await here.waitFor();
    });
  });

  it("with a certificate finds its private key again while nobody removed it", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("valve-9");
      await page.getByLabel("Proves itself by").selectOption("x509");
      await page.keyboard.press("Tab");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("button", { name: "Issue a certificate for it" }).click();
      await page.getByText("Save the private key now").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: /^Security/ }).click();
      await page.getByRole("tab", { name: "Authority" }).click();
      await page.getByText("valve-9").first().waitFor();
      await page.getByLabel("Private key", { exact: true }).waitFor();
    });
  });

  it("is given the port that it needs where none is open", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("meter-9");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Open coaps on 192.168.1.20" }).click();
      await page.getByText("is in use by another program").waitFor();
      expect(asked("listener_open")).toEqual([{ scheme: "coaps", address: "192.168.1.20:5684" }]);
    });
  });

  it("that is silent is told what to check, and a test device shows whether the server hears", async () => {
    await atTheDoor(async ({ page, asked, emit, door }) => {
      await page.clock.install();
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("meter-9");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Waiting for meter-9" }).waitFor();
      await page.clock.fastForward(21_000);
      const silence = page.getByRole("region", { name: "Nothing arrives" });
      // A stranger's hello that leads nowhere does not take the help away.
      await emit("security", { address: "192.168.1.66:50000", time: new Date().toISOString(), kind: "step", step: "hello" });
      await page.getByText("From 192.168.1.66:50000").waitFor();
      const started = page.waitForResponse((answer) => answer.url().includes("simulator_start"));
      await silence.getByRole("button", { name: "Send a test device" }).click();
      await started;
      await silence.getByText("A simulated device registers…").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.clock.fastForward(16_000);
      await silence.getByText("did not register in 15 s either").waitFor();
      await silence.getByRole("button", { name: "Send a test device" }).click();
      await silence.getByText("A simulated device registers…").waitFor();
      // What the test device does is no sign of the one that is waited for.
      const from = { address: "127.0.0.1:50000", time: new Date().toISOString() };
      await emit("security", { ...from, kind: "step", step: "hello" });
      await emit("security", { ...from, kind: "established", mode: "psk", identity: "sim-1", identity_hex: "73696d2d31" });
      await emit("device", { endpoint: "sim-1", device: { ...door.devices[0], endpoint: "sim-1", online: true } });
      await silence.getByText("sim-1 registered and was stopped again.").waitFor();
      await expect.poll(() => asked("simulator_stop")).toEqual([{ endpoint: "sim-1" }, { endpoint: "sim-1" }]);
    });
  });

  it("says what is wrong with a key that was typed", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("meter-9");
      await page.getByRole("button", { name: "Use my own…" }).click();
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("placeholder"))).toBe("the key that the device has");
      await page.getByRole("button", { name: "Generate instead" }).press("Enter");
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Enter the device's key");
      await page.keyboard.press("Enter");
      await page.getByLabel("Key, in hex").fill("abc");
      await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("alert").getByText("odd number of digits").waitFor();
    });
  });
});

describe("credentials", () => {
  it("are listed with their state, found by typing and deleted after a question", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByText("meters-batch-7").waitFor();
      await page.getByText("expires soon").waitFor();
      await page.getByLabel("Filter credentials").fill("valve");
      await page.getByText("meters-batch-7").waitFor({ state: "detached" });
      await page.getByRole("grid", { name: "Credentials" }).getByText("valve-7").first().click({ button: "right" });
      await page.getByRole("menuitem", { name: "Delete…" }).click();
      await page.getByRole("button", { name: "Delete credential" }).click();
      await expect.poll(() => asked("credential_delete")).toHaveLength(1);
    });
  });

  it("are narrowed down by what they are, sorted by their use, and deleted together", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      const grid = page.getByRole("grid", { name: "Credentials" });
      await grid.getByText("meters-batch-7").waitFor();
      await page.getByLabel("Mode", { exact: true }).selectOption("nosec");
      await grid.getByText("bench-toy").waitFor();
      await grid.getByText("gateway-roof").waitFor({ state: "detached" });
      await page.getByLabel("State", { exact: true }).selectOption("failed");
      await page.getByText("No credential matches.").waitFor();
      await page.getByRole("button", { name: "Show all" }).click();
      await grid.getByRole("button", { name: "Last used" }).click();
      expect(asked("credential_list").at(-1)).toMatchObject({ order: "used" });
      await grid.getByRole("row").filter({ hasText: "bench-toy" }).click();
      await page.keyboard.press("Space");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Space");
      await page.getByText("2 credentials selected").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Delete");
      await page.getByRole("button", { name: "Delete 2 credentials" }).click();
      await expect.poll(() => asked("credential_delete")).toHaveLength(2);
      await page.getByText("2 credentials selected").waitFor({ state: "detached" });
    });
  });

  it("lead to their device, and the device leads back to them", async () => {
    await atTheDoor(async ({ page, door, asked }) => {
      const secured = door.devices.find(({ security }) => security === "psk")?.endpoint ?? "";
      await page.getByRole("button", { name: `session of ${secured}` }).click();
      const dialog = page.getByRole("dialog", { name: `Session of ${secured}` });
      await dialog.getByText("TLS_PSK_WITH_AES_128_CCM_8").waitFor();
      expect(await violations(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Its credentials" }).click();
      await page.getByText("No credential matches.").waitFor();
      expect(asked("credential_list").at(-1)).toMatchObject({ endpoint: secured });
      await page.getByRole("button", { name: new RegExp(`^${secured}`) }).click();
      await page.getByRole("grid", { name: "Credentials" }).getByText("valve-7").first().waitFor();
      await page.getByRole("row").filter({ hasText: "356938035643809" }).press("Enter");
      await page.getByRole("tab", { name: /^Objects/ }).waitFor();
    });
  });

  it("come out of a file only after a trial that lists what goes wrong", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("button", { name: "Import CSV…" }).click();
      await page.getByLabel(/^CSV with a line/).fill("endpoint,mode\nnew-1,psk\ngateway-roof,psk\n,psk");
      const write = page.getByRole("button", { name: /^Import( 1 line)?$/ });
      expect(await write.isDisabled()).toBe(true);
      // A file picker that is dismissed leaves the dialog where it is.
      await page.locator("dialog input[type=file]").dispatchEvent("cancel", { bubbles: true });
      await page.getByRole("button", { name: "Try it first" }).click();
      await page.getByText("1 line can be taken, 2 lines cannot.").waitFor();
      await page.getByText("Another credential has the identity already.").waitFor();
      await write.click();
      await page.getByText("1 credential written.").waitFor();
      expect(asked("credential_import")).toMatchObject([{ dry_run: true }, { dry_run: false }]);
    });
  });

  it("keep an identity that is no text, and are waited for again", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      const row = page.getByRole("row").filter({ hasText: "tag-0042" });
      await row.press("Enter");
      await page.getByRole("dialog", { name: "Waiting for tag-0042" }).getByText("00420001ff").waitFor();
      await page.keyboard.press("Escape");
      await row.click({ button: "right" });
      await page.getByRole("menuitem", { name: "New key…" }).click();
      const dialog = page.getByRole("dialog", { name: "New key for tag-0042" });
      expect(await dialog.getByLabel("Identity, in hex").inputValue()).toBe("00420001ff");
      await dialog.getByRole("button", { name: "Replace", exact: true }).click();
      await expect.poll(() => asked("credential_put")).toEqual([{ endpoint: "tag-0042", server: "management", mode: "psk", identity_hex: "00420001ff" }]);
    });
  });

  it("leave only under a passphrase that was typed twice", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("button", { name: "Export…" }).click();
      const save = page.getByRole("button", { name: "Save as…" });
      await page.getByLabel("Passphrase", { exact: true }).fill("correct horse battery");
      await page.getByLabel("Repeat the passphrase").fill("correct horse");
      await page.getByText("It differs from the first one.").waitFor();
      expect(await save.isDisabled()).toBe(true);
      await page.getByLabel("Repeat the passphrase").fill("correct horse battery");
      const download = page.waitForEvent("download");
      await save.click();
      expect((await download).suggestedFilename()).toBe("credentials.json");
      expect(asked("credential_export")).toHaveLength(1);
    });
  });
});

describe("a device without security", () => {
  it("that was secure before is marked, and is given a key from there", async () => {
    await atTheDoor(async ({ page, door }) => {
      const fallen = door.devices.find(({ fell_back }) => fell_back)?.endpoint ?? "";
      await page.getByRole("row").filter({ hasText: fallen }).getByText("fell back").waitFor();
      await page.getByRole("button", { name: `session of ${fallen}` }).click();
      await page.getByText("It was registered with security before").waitFor();
      await page.getByRole("button", { name: "Give it a key…" }).click();
      expect(await page.getByLabel("Endpoint client name").inputValue()).toBe(fallen);
    });
  });

  it("reaches a port of the network only after a question", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Connect my device" }).click();
      await page.getByRole("button", { name: "Open… coap on 192.168.1.20" }).click();
      await page.getByRole("button", { name: "Cancel" }).click();
      expect(asked("listener_open")).toEqual([]);
      await page.getByRole("button", { name: "Open coaps on 192.168.1.20" }).click();
      await expect.poll(() => asked("listener_open")).toMatchObject([{ scheme: "coaps", address: "192.168.1.20:5684" }]);
      await page.getByRole("button", { name: "Open… coap on 192.168.1.20" }).click();
      await page.getByRole("button", { name: "Open without security" }).click();
      await expect.poll(() => asked("listener_open")).toHaveLength(2);
    });
  });
});

describe("who knocked in vain", () => {
  it("is explained, with how far it came and the button that mends it", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: /^Pending/ }).click();
      const article = page.getByRole("article", { name: "Explanation" });
      await article.getByText("different keys for it").waitFor();
      await article.getByText("Both prove to have the same keys: this failed").waitFor();
      await page.getByRole("button", { name: /DTLS on the plain port/ }).click();
      await article.getByText("Set the server URL of the device to coaps://").waitFor();
      await page.getByRole("button", { name: /Unknown identity/ }).click();
      await article.getByRole("button", { name: "Add a credential" }).click();
      await page.getByRole("dialog", { name: "Waiting for valve-8" }).getByRole("button", { name: "Show the Key, hex" }).click();
      await page.keyboard.press("Escape");
      expect(asked("pending_accept")).toMatchObject([{ id: "p-4" }]);
      await page.getByRole("button", { name: /certificate has expired/ }).click();
      await article.getByRole("button", { name: "Issue a certificate" }).click();
      await page.getByRole("tab", { name: "Authority", selected: true }).waitFor();
      await expect.poll(() => page.getByLabel("Endpoint client name, which becomes the common name").inputValue()).toBe("gateway-roof");
    });
  });

  it("stays in view and in question, whoever knocks meanwhile", async () => {
    await atTheDoor(async ({ page, asked, emit, door }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: /^Pending/ }).click();
      const entries = page.getByRole("list", { name: "Pending" }).getByRole("button");
      const before = await entries.count();
      await page.getByRole("article", { name: "Explanation" }).getByRole("button", { name: "Block…" }).click();
      const { body } = door.answer("pending_list", {}) as { body: { pending: Record<string, unknown>[] } };
      body.pending.unshift({ ...body.pending[1], id: "p-new" });
      await emit("security", { address: "192.168.1.66:50000", time: new Date().toISOString(), kind: "refused", mode: "nosec", failure: body.pending[0] });
      await expect.poll(() => entries.count()).toBe(before + 1);
      await page.getByRole("dialog").getByRole("button", { name: "Block", exact: true }).click();
      await expect.poll(() => asked("pending_block")).toEqual([{ id: "p-1" }]);
    });
  });

  it("with a wrong key keeps the one that is here until a person typed or wanted another", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: /^Pending/ }).click();
      await page.getByRole("article", { name: "Explanation" }).getByRole("button", { name: "Set the key…" }).click();
      const dialog = page.getByRole("dialog", { name: "New key for urn:imei:356938035643817" });
      expect(await dialog.getByLabel("Endpoint client name").inputValue()).toBe("urn:imei:356938035643817");
      expect(await dialog.getByLabel("Identity", { exact: true }).inputValue()).toBe("urn:imei:356938035643817");
      await dialog.getByText("This one replaces it, and a session that uses the old one ends.").waitFor();
      expect(await violations(page)).toEqual([]);
      const replace = dialog.getByRole("button", { name: "Replace", exact: true });
      expect(await replace.isDisabled()).toBe(true);
      expect(await page.evaluate(() => document.activeElement?.getAttribute("placeholder"))).toBe("the key that the device has");
      await dialog.getByLabel("Key, in hex").fill("8f3a1c5d7e9b0246813579bdf02468ac");
      await replace.click();
      await expect.poll(() => asked("credential_put")).toMatchObject([{ key_hex: "8f3a1c5d7e9b0246813579bdf02468ac" }]);
      expect(asked("pending_accept")).toEqual([]);
      await expect.poll(() => asked("pending_dismiss")).toMatchObject([{ id: "p-1" }]);
    });
  });

  it("without security is rather given a key, and is accepted as it is only after a question", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: /^Pending/ }).click();
      const article = page.getByRole("article", { name: "Explanation" });
      const entry = page.getByRole("button", { name: /newcomer-1/ });
      await entry.click();
      await article.getByRole("button", { name: "Give it a key…" }).click();
      expect(await page.getByLabel("Endpoint client name").inputValue()).toBe("newcomer-1");
      await page.keyboard.press("Escape");
      await article.getByRole("button", { name: "Accept without security…" }).click();
      expect(asked("pending_accept")).toEqual([]);
      await page.getByRole("dialog").getByRole("button", { name: "Accept without security" }).click();
      await entry.waitFor({ state: "detached" });
      expect(asked("pending_accept")).toMatchObject([{ id: "p-3" }]);
    });
  });
});

describe("the authority", () => {
  it("issues a certificate with its key, shown once, and warns of those that end soon", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: "Authority" }).click();
      await page.getByText("expires soon").waitFor();
      await page.getByLabel("Endpoint client name, which becomes the common name").fill("valve-8");
      await page.getByRole("button", { name: "Issue", exact: true }).click();
      await page.getByText("Save the private key now").waitFor();
      expect(asked("authority_issue")).toMatchObject([{ endpoint: "valve-8" }]);
      await page.getByRole("button", { name: /^Stop trusting CN=Meridian/ }).click();
      await page.getByRole("button", { name: "Stop trusting", exact: true }).click();
      await expect.poll(() => asked("trust_anchor_delete")).toHaveLength(1);
    });
  });

  it("keeps the key while other things are looked at, until it is saved or removed on purpose", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: "Authority" }).click();
      await page.getByLabel("Endpoint client name, which becomes the common name").fill("valve-8");
      await page.getByRole("button", { name: "Issue", exact: true }).click();
      const issued = page.getByRole("region", { name: "Issued for valve-8" });
      await issued.waitFor();
      await page.keyboard.press("Control+1");
      await page.keyboard.press("Control+2");
      await issued.getByRole("button", { name: "Remove from this list…" }).click();
      await page.getByText("nothing keeps it").waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      const download = page.waitForEvent("download");
      await issued.getByRole("button", { name: "Save as… Private key" }).click();
      expect((await download).suggestedFilename()).toBe("valve-8-key.pem");
      await issued.getByRole("button", { name: "Done" }).click();
      await issued.waitFor({ state: "detached" });
    });
  });
});

describe("the server's identity", () => {
  it("stays what it was when a key does not belong to the certificate, and says so", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: "Server identity" }).click();
      await page.getByRole("button", { name: "Import a pair…" }).click();
      const der = Buffer.from([0x30, 0x82, 0x01, 0xb3, ...Array<number>(60).fill(0xfe)]);
      await page.locator("input[type=file]").first().setInputFiles({ name: "own.cer", mimeType: "", buffer: der });
      const text = () => page.getByLabel("Certificate (PEM)").inputValue();
      await expect.poll(async () => (await text()).split("\n").slice(1, -2).join("")).toBe(der.toString("base64"));
      await page.getByLabel("Private key (PEM)").fill("-----BEGIN PRIVATE KEY-----");
      await page.getByRole("button", { name: "Use this pair" }).click();
      await page.getByRole("alert").getByText("their public keys differ").waitFor();
      // What was typed, a key too, is gone when the form is left.
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Import a pair…" }).click();
      expect(await page.getByRole("textbox", { name: "Private key (PEM)" }).inputValue()).toBe("");
      expect(await page.getByText("their public keys differ").count()).toBe(0);
    });
  });

  it("leaves as a file of DER too", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: "Server identity" }).click();
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Save as DER… Public key" }).click();
      expect((await download).suggestedFilename()).toBe("lwm2m-server-public.der");
    });
  });

  it("has its master key moved under a passphrase that was typed twice", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: "Server identity" }).click();
      await page.getByLabel("The master key is").selectOption("passphrase");
      await page.getByText("copies of the data folder from before may not open any more").waitFor();
      const move = page.getByRole("button", { name: "Move the key" });
      await page.getByLabel("Passphrase", { exact: true }).fill("correct horse battery");
      expect(await move.isDisabled()).toBe(true);
      await page.getByLabel("Repeat the passphrase").fill("correct horse battery");
      await move.click();
      await expect.poll(() => asked("sealing_put")).toMatchObject([{ way: "passphrase", passphrase: "correct horse battery" }]);
    });
  });
});

describe.each([true, false])("dark: %s", (dark) => {
  it("the area is in order", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByText("meters-batch-7").waitFor();
      expect(await violations(page)).toEqual([]);
      for (const [tab, words] of [["Pending", "What was seen"], ["Server identity", "What devices are shown"], ["Authority", "This authority"]] as const) {
        await page.getByRole("tab", { name: new RegExp(`^${tab}`) }).click();
        await page.getByText(words).waitFor();
        expect(await violations(page)).toEqual([]);
      }
      await page.getByRole("button", { name: "Add device" }).first().click();
      await page.getByLabel("Endpoint client name", { exact: true }).waitFor();
      expect(await violations(page)).toEqual([]);
    }, dark);
  });
});

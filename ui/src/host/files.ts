import type { PickedFile, SavedFile } from "./host";

/** Extensions of object definitions. */
export const definitionFiles = [".xml", ".zip"] as const;

/** XML as text, everything else as base64, as `model_import` expects it. */
export async function readDefinition(file: File): Promise<PickedFile> {
  if (!file.name.toLowerCase().endsWith(".zip")) return { name: file.name, content: await file.text() };
  return { name: file.name, content: base64(new Uint8Array(await file.arrayBuffer())) };
}

/** Lets the browser store a file under its proposed name. */
export function download(file: SavedFile): void {
  const blob = file.base64
    ? new Blob([Uint8Array.from(atob(file.content), (letter) => letter.charCodeAt(0))], { type: "application/octet-stream" })
    : new Blob([file.content], { type: "text/plain;charset=utf-8" });
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = file.name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Opens the browser's own file dialog. */
export function pickDefinitions(): Promise<PickedFile[]> {
  return new Promise((resolve, reject) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.accept = definitionFiles.join(",");
    input.addEventListener("cancel", () => resolve([]));
    input.addEventListener("change", () => {
      Promise.all([...(input.files ?? [])].map(readDefinition)).then(resolve, reject);
    });
    input.click();
  });
}

function base64(bytes: Uint8Array): string {
  let text = "";
  // In slices: an argument list has a limit.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

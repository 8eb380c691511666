/** What lies over the screen. */
class Overlays {
  palette = $state(false);
  keys = $state(false);
}

export const overlays = new Overlays();

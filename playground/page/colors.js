// Colours that people bring along, made readable: contrast as WCAG 2 reckons it.

const parts = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const whole = (rgb) => "#" + rgb.map((one) => Math.round(one).toString(16).padStart(2, "0")).join("");

function luminance(rgb) {
  const [red, green, blue] = rgb.map((one) => { const part = one / 255; return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one, other) {
  const [low, high] = [luminance(parts(one)), luminance(parts(other))].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// The colour, mixed with `end` (black or white) just as far as it takes to be read against `ground`.
export function readable(color, ground, end, wanted = 4.8) {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = whole(parts(color).map((one, at) => one + (parts(end)[at] - one) * share));
    if (contrast(mixed, ground) >= wanted) return mixed;
  }
  return end;
}

// Somebody's name in their colour, in the light and in the dark theme.
export const nameColor = (color) => `light-dark(${readable(color, "#ebedf0", "#000000")}, ${readable(color, "#393b42", "#ffffff")})`;
export const behindWhite = (color) => readable(color, "#ffffff", "#000000");

"""Brand colours made readable: contrast-corrected inks, tints and the stylesheet that carries them.

Colours reach the page as a stylesheet of our own, so that no element needs an inline style.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.gateway.domain.views import BrandView

Rgb = tuple[float, float, float]
HEX = re.compile(r"^#[0-9a-fA-F]{6}$")
SAFE_ID = re.compile(r"^[A-Za-z0-9_-]{1,80}$")
NEUTRAL = "#5b6470"
TEXT_CONTRAST = 4.6
LIGHT_BRAND = 0.76
DARK_LETTERS = "#17181c"
LIGHT_SURFACE: Rgb = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class BrandColours:
    """What a brand's chip and banner are drawn with, all `#rrggbb`.

    `solid` with `on_solid` is the banner; `tint` with `ink` the chip, each for light and dark.
    """

    solid: str
    on_solid: str
    light_tint: str
    light_ink: str
    dark_tint: str
    dark_ink: str


def parse_hex(colour: str) -> Rgb:
    """Return red, green and blue in 0..1; a neutral grey for what is no colour."""
    text = colour if HEX.match(colour) else NEUTRAL
    return (int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255)


def to_hex(rgb: Rgb) -> str:
    """Return `#rrggbb`, each channel clipped into its range."""
    return "#" + "".join(f"{round(min(1.0, max(0.0, channel)) * 255):02x}" for channel in rgb)


def luminance(rgb: Rgb) -> float:
    """Return the relative luminance of WCAG 2, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(channel) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def brand_colours(colour: str) -> BrandColours:
    """Derive a readable set from any brand colour, also from white, black and neon."""
    lightness, chroma, hue = to_oklch(parse_hex(colour))
    solid, on_solid = _banner(lightness, min(chroma, 0.19), hue)
    light_tint = from_oklch(0.955, min(chroma, 0.022), hue)
    dark_tint = from_oklch(0.29, min(chroma, 0.04), hue)
    return BrandColours(
        solid=to_hex(solid),
        on_solid=on_solid,
        light_tint=to_hex(light_tint),
        light_ink=to_hex(_toward(light_tint, min(lightness, 0.5), min(chroma, 0.16), hue, -0.01)),
        dark_tint=to_hex(dark_tint),
        dark_ink=to_hex(_toward(dark_tint, max(lightness, 0.8), min(chroma, 0.11), hue, 0.01)),
    )


def stylesheet(brands: Iterable[BrandView]) -> str:
    """Return one rule per brand: the custom properties that chip and banner are drawn with."""
    rules = []
    for brand in sorted(brands, key=lambda brand: brand.brand_id):
        if not SAFE_ID.match(brand.brand_id):
            continue
        colours = brand_colours(brand.colour)
        rules.append(
            f'[data-brand="{brand.brand_id}"]{{'
            f"--brand-solid:{colours.solid};--brand-on:{colours.on_solid};"
            f"--brand-tint:light-dark({colours.light_tint},{colours.dark_tint});"
            f"--brand-ink:light-dark({colours.light_ink},{colours.dark_ink})}}"
        )
    return "\n".join(rules) + "\n"


def to_oklch(rgb: Rgb) -> tuple[float, float, float]:
    """Return lightness 0..1, chroma and hue in degrees (Ottosson's OKLab in polar form)."""
    red, green, blue = (_linear(channel) for channel in rgb)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def from_oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    """Return the sRGB colour, with as much of the chroma as the screen can show."""
    while chroma > 0.001:
        rgb = _from_oklch(lightness, chroma, hue)
        if all(-0.001 <= channel <= 1.001 for channel in rgb):
            return rgb
        chroma -= 0.004
    return _from_oklch(lightness, 0.0, hue)


def _from_oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _companded(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _companded(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _companded(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def _banner(lightness: float, chroma: float, hue: float) -> tuple[Rgb, str]:
    """A light colour keeps its face and gets dark letters; any other is darkened for white ones."""
    if lightness > LIGHT_BRAND:
        return from_oklch(min(lightness, 0.9), chroma, hue), DARK_LETTERS
    return _toward(LIGHT_SURFACE, lightness, chroma, hue, -0.01), "#ffffff"


def _toward(surface: Rgb, lightness: float, chroma: float, hue: float, step: float) -> Rgb:
    colour = from_oklch(lightness, chroma, hue)
    while contrast(colour, surface) < TEXT_CONTRAST and 0.0 < lightness < 1.0:
        lightness += step
        colour = from_oklch(lightness, chroma, hue)
    return colour


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _companded(channel: float) -> float:
    if channel <= 0.0031308:
        return 12.92 * channel
    return float(1.055 * channel ** (1 / 2.4) - 0.055)

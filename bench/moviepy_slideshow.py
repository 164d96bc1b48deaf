"""A tenth of the slideshow as MoviePy 2 makes it: run in an environment that holds MoviePy and nothing of ours."""

import sys

from moviepy import ColorClip, CompositeVideoClip, ImageClip, TextClip, VideoFileClip

WIDTH, HEIGHT, SECONDS = 1080, 1920, 6.0


def content(path):
    """One picture, 900x1600, growing by five per cent."""
    picture = ImageClip(path, duration=SECONDS)
    scale = max(900 / picture.w, 1600 / picture.h)
    picture = picture.resized(scale).cropped(x_center=picture.w * scale / 2, width=900, y_center=picture.h * scale / 2,
                                             height=1600)  # fmt: skip
    return picture.resized(lambda moment: 1 + 0.05 * moment / SECONDS).with_position("center")


if __name__ == "__main__":
    output, overlay, text, *images = sys.argv[1:]
    window = CompositeVideoClip([content(images[0])], size=(900, 1600)).with_position("center")
    gold = (212, 175, 55)
    sides = [
        ColorClip(size, color=gold, duration=SECONDS).with_position(position)
        for size, position in (
            ((900, 10), (90, 160)),
            ((900, 10), (90, 1750)),
            ((10, 1600), (90, 160)),
            ((10, 1600), (980, 160)),
        )
    ]
    banner = TextClip(text=text, font_size=60, color="white", stroke_color="black", stroke_width=2, method="caption",
                      size=(900, None), duration=SECONDS).with_position(("center", 48))  # fmt: skip
    layers = [
        ColorClip((WIDTH, HEIGHT), color=(5, 5, 5), duration=SECONDS),
        VideoFileClip(overlay, audio=False).with_opacity(0.7).with_duration(SECONDS),
        window,
        *sides,
        banner,
    ]
    CompositeVideoClip(layers, size=(WIDTH, HEIGHT)).write_videofile(
        output, fps=30, codec="libx264", preset="fast", ffmpeg_params=["-crf", "21.5"], logger=None
    )

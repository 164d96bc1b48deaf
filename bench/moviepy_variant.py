"""One variant as MoviePy 2 makes it: run by the Python of an environment that holds MoviePy and nothing of ours."""

import sys

from moviepy import CompositeVideoClip, VideoFileClip, concatenate_videoclips

WIDTH, HEIGHT = 1080, 1920


def fitted(path):
    clip = VideoFileClip(path)
    scale = min(WIDTH / clip.w, HEIGHT / clip.h)
    return CompositeVideoClip([clip.resized(scale).with_position("center")], size=(WIDTH, HEIGHT))


if __name__ == "__main__":
    output, *paths = sys.argv[1:]
    video = concatenate_videoclips([fitted(path) for path in paths])
    video.write_videofile(output, fps=30, codec="libx264", preset="fast", bitrate="2500k", audio_codec="aac",
                          audio_bitrate="128k", logger=None)  # fmt: skip

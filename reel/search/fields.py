"""The fields that a query may name."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "name": "name of the output, and of the slot that its generation fills",
    "tag": "what the request's `metadata.tags` lists",
    "text": "texts that are shown",
    "project": "the tenant's project",
    "kind": "kind of generation: `mixer`, `slideshow`, ...",
    "asset": "addresses of what is shown and heard",
    "codec": "codecs of picture and sound, by any of their names: `hevc`, `h265`",
    "container": "`mp4`, `webm`, ...",
    "sound": "`yes` or `no`: whether there is anything to hear",
    "generation": "id of the generation",
}
"""Fields of words, and what is in them. Besides, there is `metadata.<path>`."""

NUMBERS: Mapping[str, str] = {
    "width": "pixels",
    "height": "pixels",
    "fps": "frames per second",
    "duration": "seconds",
    "bytes": "size of the video, of a ladder alone of all its files; `5M` is 5,000,000",
    "bitrate": "bits per second; `2.5M` is 2,500,000",
    "loudness": "integrated, in LUFS",
    "black": "share of the picture's frames that are black, 0 to 1",
}
"""Fields of numbers, and their units. A number that was not measured matches nothing."""

MOMENT = "published"
"""The one field that is a day, in UTC."""

METADATA = "metadata"

NAMES = (*TEXTS, *NUMBERS, MOMENT, METADATA)

STRONG = ("name", "tag", "text")
"""Fields whose words say what an output is about: a word that is found in one of them counts for relevance."""

"""Small fixed inputs for every operation: its description, complete to the last field, and the media that it reads."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from reel.codecs.video import Decided
from reel.curves import Key
from reel.media import Chapter, Colour
from reel.plan.operations import (
    Analysis,
    Animated,
    Animation,
    AnyOperation,
    CheckBuffer,
    ChooseQuality,
    ChooseRungs,
    Compose,
    Copied,
    Decode,
    DrawnBitmap,
    DrawnLoop,
    Encrypt,
    ExtractSubtitles,
    FillBuffer,
    FindScenes,
    FirstPass,
    Fragment,
    ImageBitmap,
    Join,
    JudgeQuality,
    MeasureQuality,
    Mezzanine,
    Package,
    Picture,
    Poster,
    PosterMoments,
    Probe,
    Protect,
    Reclock,
    Refit,
    Remux,
    ShareBits,
    Sheet,
    SoundFile,
    SoundMix,
    Sprite,
    TextBitmap,
    Thumbnails,
    TimeStretch,
    UploadedPoster,
)
from reel.plan.operations.analyses import FinishedVideo
from reel.plan.operations.base import PictureSource, SourceClip, StreamSource
from reel.plan.operations.buffers import Buffer
from reel.plan.operations.choices import Piece
from reel.plan.operations.joins import Excerpt, Part
from reel.plan.operations.layers import BitmapPart, ColourPart, Entrance, Layer, LoopPart, VideoPart
from reel.plan.operations.passes import Stretch
from reel.plan.operations.probes import Candidate
from reel.plan.operations.quality import Measured
from reel.plan.operations.remuxes import NamedSound
from reel.plan.operations.sounds import GainKey, LoudnessTarget, SoundPart
from reel.plan.operations.stills import Look
from reel.plan.operations.tracks import PackagedPicture, PackagedSubtitles
from reel.presets import AudioEncoder, Canvas, VideoEncoder, capped_crf
from reel.text import font_digests
from reel.timeline import Area, Crop, Framing, TextStyle
from tests.clips import Clip, ffmpeg, make

Keys = Mapping[str, str]
"""SHA-256 of the media, and keys of the examples before this one, by name."""

CANVAS = Canvas(width=160, height=90, rate=Fraction(25))
WHOLE = Area(x=0, y=0, width=CANVAS.width, height=CANVAS.height)
ENCODER = VideoEncoder(crf=1, max_bits_per_second=100_000_000, buffer_bits=200_000_000)
"""Almost without loss: scaling differs by last bits between processors, and a coder that drops much makes levels of that."""
LOSSLESS = capped_crf(1_000_000, CANVAS, "ffv1")
BUFFER = Buffer(bits=300_000, bits_per_second=10_000, rate=CANVAS.rate)
"""So small and so slow that it runs dry."""
LARGE_BUFFER = Buffer(bits=200_000_000, bits_per_second=100_000_000, rate=CANVAS.rate)
CUTTABLE = ENCODER.model_copy(update={"cuttable": True, "group": 12})

MOV = "mov,mp4,m4a,3gp,3g2,mj2"
SDR = Colour(matrix="bt709", primaries="bt709", transfer="bt709")


KEY = bytes(range(16))
MEDIA = ("video", "wide", "sound", "image", "subtitles", "captioned", "key")
"""Names of the files that the examples read. None is HDR, and none is blurred: both hang on the last bits of floats, which
processors round differently, and after coding they differ by more than another scaler does."""


def make_media(folder: Path) -> dict[str, Path]:
    """The files that the examples read, by name."""
    pixels = np.zeros((60, 80, 4), np.uint8)
    pixels[..., 0], pixels[..., 2] = np.arange(80) * 3, np.arange(60)[:, None] * 4
    pixels[10:50, 10:70, 1], pixels[..., 3] = 200, np.minimum(255, np.arange(80) * 6)
    image = folder / "image.png"
    cv2.imwrite(str(image), pixels)
    subtitles, key = folder / "subtitles.srt", folder / "key"
    subtitles.write_text("1\n00:00:00,100 --> 00:00:00,400\nHello\n", "utf-8")
    key.write_bytes(KEY)
    video = make(Clip(size=(160, 90), rate="25", seconds=2, keyframe_every=12), folder / "video.mp4")
    captioned = folder / "captioned.mkv"
    copied = ["-map", "0:v", "-map", "1", "-c", "copy", "-fflags", "+bitexact"]
    subprocess.run([ffmpeg(), "-v", "error", "-i", video, "-i", subtitles, *copied, captioned], check=True)
    return {
        "subtitles": subtitles,
        "captioned": captioned,
        "key": key,
        "video": video,
        "wide": make(Clip(size=(192, 80), rate="30", seconds=1, audio=None), folder / "wide.mp4"),
        "sound": make(Clip(numbered=0, seconds=1, audio_codec="pcm_s16le", suffix=".mov"), folder / "sound.mov"),
        "image": image,
    }


def source(name: str, keys: Keys) -> PictureSource:
    """How the picture of one of the files is opened."""
    look = {
        "video": {"codec": "h264", "display_size": (160, 90), "colour": SDR, "rate": Fraction(25)},
        "wide": {"codec": "h264", "display_size": (192, 80), "colour": Colour(), "rate": Fraction(30)},
        "image": {"codec": "png", "display_size": (80, 60), "colour": Colour(), "rate": Fraction(25), "alpha": True},
    }[name]
    demuxer = "png_pipe" if name == "image" else MOV
    return PictureSource.model_validate({"asset": keys[name], "demuxer": demuxer, "stream": 0, **look})


def clip(name: str, keys: Keys, frames: int, begin: Fraction = Fraction(0), **more: object) -> SourceClip:
    """A stretch of the picture of one of the files."""
    return SourceClip.model_validate({"source": source(name, keys), "frames": frames, "media_in": begin, **more})


def _parts(keys: Keys) -> tuple[Part, ...]:
    """What the joined video has, frame by frame."""
    return (keys["picture"], keys["compose"], Excerpt(mezzanine=keys["mezzanine"], first=12, frames=3))


def _picture(keys: Keys) -> Picture:
    crop = Framing(fit="cover", crop=Crop(x=0.1, y=0.1, width=0.8, height=0.9), focus=(0.3, 0.6))
    return Picture(
        canvas=CANVAS,
        clips=(
            clip("video", keys, 6, Fraction(13, 25), seek=Fraction(12, 25)),
            clip("wide", keys, 6, framing=crop, speed=Fraction(5, 4)),
            clip("wide", keys, 4, framing=Framing(fit="fill")),
            clip("wide", keys, 2, Fraction(1, 2), speed=Fraction(0)),
            clip("wide", keys, 3, framing=Framing(fit="none")),
        ),
        size=CANVAS.size,
        encoder=ENCODER,
    )


def _first_pass(keys: Keys) -> Picture:
    encoder = VideoEncoder(crf=23, pass_number=1, max_bits_per_second=1_000_000, buffer_bits=2_000_000, group=21)
    return _picture(keys).model_copy(update={"encoder": encoder})


def _second_pass(keys: Keys) -> Picture:
    shown = _first_pass(keys)
    decided = Decided(by=keys["share-bits"], place=1, first_pass=keys["first-pass"])
    encoder = shown.encoder.model_copy(update={"crf": None, "pass_number": 2, "decided": decided})
    return shown.model_copy(update={"encoder": encoder})


def _compose(keys: Keys) -> Compose:
    zoom = (Key(frame=0, value=1.0, easing="ease-in-out"), Key(frame=12, value=1.3))
    turn = (Key(frame=0, value=0.0), Key(frame=12, value=30.0))
    small = Area(x=20, y=10, width=80, height=60)
    return Compose(
        canvas=CANVAS,
        frames=12,
        background="#203040",
        layers=(
            Layer(part=VideoPart(clips=(clip("video", keys, 8),)), first=0, frames=8, area=WHOLE),
            Layer(
                part=VideoPart(clips=(clip("wide", keys, 8, framing=Framing(fit="fill")),)),
                first=4,
                frames=8,
                area=WHOLE,
                entrance=Entrance(name="circle-open", frames=6, easing="ease", after=0, age=2),
            ),
            Layer(
                part=BitmapPart(bitmap=keys["image"]),
                first=0,
                frames=12,
                area=small,
                filled=Area(x=30, y=10, width=70, height=60),
                scale=zoom,
                rotation=turn,
                clipped=True,
            ),
            Layer(part=LoopPart(loop=keys["loop"], first=3), first=0, frames=6, area=WHOLE, opacity=_half()),
            Layer(part=ColourPart(colour="#ff000080"), first=2, frames=9, area=small),
            Layer(
                part=BitmapPart(bitmap=keys["text"]), first=0, frames=12, area=Area(x=10, y=40, width=140, height=40)
            ),
        ),
        size=CANVAS.size,
        encoder=ENCODER,
    )


def _half() -> tuple[Key, ...]:
    return (Key(frame=0, value=0.5),)


def _mix(keys: Keys) -> SoundMix:
    ramp = (GainKey(sample=0, gain=0.2), GainKey(sample=24_000, gain=0.9))
    return SoundMix(
        samples=72_000,
        parts=(
            SoundPart(
                sound=keys["decode"], first=1_000, at=0, samples=40_000, gain=ramp, fade_in=9_600, declick_out=True
            ),
            SoundPart(sound=keys["stretch"], first=480, at=30_000, samples=30_000, fade_out=12_000, declick_in=True),
            # The second turn of a loop, which fades as a whole.
            SoundPart(sound=keys["reclock"], first=-200, at=50_000, samples=20_000, before=20_000, fade_in=30_000),
        ),
        encoder=AudioEncoder(),
        loudness=LoudnessTarget(),
    )


STEPS: Mapping[str, Callable[[Keys], AnyOperation]] = {
    "picture": _picture,
    "copied": lambda keys: Copied(
        canvas=CANVAS, clip=clip("video", keys, 30, Fraction(12, 25), seek=Fraction(12, 25)), encoder=ENCODER
    ),
    "mezzanine": lambda keys: Mezzanine(canvas=CANVAS, clip=clip("video", keys, 30), encoder=CUTTABLE, group=12),
    # Before the next one, which has the name of the file.
    "uploaded-poster": lambda keys: UploadedPoster(source=source("image", keys), size=(120, 90), look=Look()),
    "image": lambda keys: ImageBitmap(
        source=source("image", keys), width=100, height=60, framing=Framing(fit="cover", focus=(0.2, 0.5))
    ),
    "text": lambda keys: TextBitmap(
        text="Ag \N{GREEK SMALL LETTER OMEGA}\N{HEBREW LETTER ALEF}!",
        style=TextStyle(size=20, smallest=10, outline=2, shadow=3),
        box=(140, 40),
        width=140,
        height=40,
        fonts=font_digests(),
    ),
    "drawing": lambda keys: DrawnBitmap(name="ornate-gold", width=108, height=192, unit=0.1),
    "loop": lambda keys: DrawnLoop(
        name="glitter-rain",
        width=160,
        height=90,
        rate=CANVAS.rate,
        frames=25,
        parts=(Area(x=0, y=0, width=160, height=90),),
    ),
    "compose": _compose,
    "decode": lambda keys: Decode(
        source=StreamSource(asset=keys["sound"], demuxer=MOV, stream=1, codec="pcm_s16le"),
        zero=Fraction(0),
        samples=48_000,
    ),
    "stretch": lambda keys: TimeStretch(
        sound=keys["decode"], first=4_800, speed=Fraction(5, 4), samples=30_000, margin=480
    ),
    "reclock": lambda keys: Reclock(sound=keys["decode"], clock=Fraction(1_000_145, 1_000_000), samples=47_993),
    "soundtrack": _mix,
    "join": lambda keys: Join(
        canvas=CANVAS,
        segments=_parts(keys),
        frames=36,
        soundtrack=keys["soundtrack"],
        samples=72_000,
        parameters_in_band=True,
    ),
    "sheet": lambda keys: Sheet(canvas=CANVAS, pictures=(keys["picture"], keys["compose"]), columns=2),
    "pictures alone": lambda keys: Join(
        canvas=CANVAS, segments=(keys["compose"],), frames=12, soundtrack=None, samples=0, audio=None
    ),
    "fragment": lambda keys: Fragment(source=keys["pictures alone"], media="video"),
    "remux": lambda keys: Remux(
        source=keys["join"],
        rate=CANVAS.rate,
        frames=36,
        samples=72_000,
        audio="aac",
        sounds=(
            NamedSound(soundtrack=keys["soundtrack"], language="de", title="Deutsch"),
            NamedSound(soundtrack=keys["soundtrack"], language="pt-BR"),
        ),
        chapters=(
            Chapter(start=Fraction(1, 25), end=Fraction(1), title="One"),
            Chapter(start=Fraction(1), end=Fraction(36, 25), title="Two & more"),
        ),
    ),
    "extract-subtitles": lambda keys: ExtractSubtitles(
        source=StreamSource(asset=keys["captioned"], demuxer="matroska,webm", stream=1, codec="subrip")
    ),
    "sound-file": lambda keys: SoundFile(source=keys["soundtrack"], codec="aac", samples=72_000),
    "encrypt": lambda keys: Encrypt(source=keys["fragment"], starts=(Fraction(0),), key_file=keys["key"]),
    "protect": lambda keys: Protect(
        source=keys["fragment"], key_file=keys["key"], media="video", scheme="cbcs", key_id=KEY.hex()
    ),
    "package": lambda keys: Package(
        pictures=(PackagedPicture(name="90p", track=keys["fragment"]),),
        subtitles=(PackagedSubtitles(name="en", asset=keys["subtitles"], language="en", label="English"),),
        begin=Fraction(0),
        end=Fraction(12, 25),
        segment_seconds=Fraction(6),
    ),
    "poster-moments": lambda keys: PosterMoments(
        rate=CANVAS.rate,
        pieces=(
            Piece(segment=keys["picture"], first=0, frames=21),
            Piece(segment=keys["compose"], first=0, frames=12),
            Piece(segment=keys["mezzanine"], first=12, frames=3),
        ),
        each=4,
    ),
    "first-pass": lambda keys: FirstPass(shown=_first_pass(keys)),
    "share-bits": lambda keys: ShareBits(
        canvas=CANVAS,
        stretches=(Stretch(first_pass=keys["first-pass"], frames=21),) * 2,
        bits_per_second=500_000,
        cap=1_000_000,
    ),
    "two passes": _second_pass,
    "fill-buffer": lambda keys: FillBuffer(segments=(keys["two passes"],) * 3, buffer=BUFFER),
    "refit": lambda keys: Refit(
        canvas=CANVAS,
        encoder=_second_pass(keys).encoder,
        shown=_second_pass(keys),
        segment=keys["two passes"],
        fills=keys["fill-buffer"],
        place=2,
    ),
    "check-buffer": lambda keys: CheckBuffer(name="example.mp4", video=keys["join"], buffer=LARGE_BUFFER),
    "probe": lambda keys: Probe(shown=_picture(keys), crfs=(20, 30), model="vmaf_v0.6.1"),
    "choose-quality": lambda keys: ChooseQuality(probes=(keys["probe"],), vmaf=90, model="vmaf_v0.6.1", whole=False),
    "tried at another size": lambda keys: Probe(
        shown=_picture(keys), crfs=(24, 40), model="vmaf_v0.6.1", seen=(96, 72), every=3
    ),
    "choose-rungs": lambda keys: ChooseRungs(
        candidates=tuple(
            Candidate(size=size, codec="h264", whole=False, most_bits_per_second=400_000, probes=(keys[tried],))
            for size, tried in (((96, 72), "probe"), ((64, 48), "tried at another size"))
        ),
        model="vmaf_v0.6.1",
    ),
    "measure-quality": lambda keys: MeasureQuality(
        shown=_picture(keys), segment=keys["picture"], metric="vmaf", model="vmaf_v0.6.1", every=2
    ),
    "judge-quality": lambda keys: JudgeQuality(
        video="example.mp4",
        canvas=CANVAS,
        segments=(Measured(quality=keys["measure-quality"], frames=21),) * 2,
        metric="vmaf",
        model="vmaf_v0.6.1",
        every=2,
        mean=50,
        lowest=None,
    ),
    "shown without loss": lambda keys: _picture(keys).model_copy(update={"encoder": LOSSLESS}),
    "joined without loss": lambda keys: Join(
        canvas=CANVAS,
        segments=(keys["shown without loss"],),
        frames=21,
        soundtrack=None,
        samples=0,
        audio=None,
        container="nut",
    ),
    "animated": lambda keys: Animated(
        source=keys["joined without loss"], canvas=CANVAS, frames=21, format="gif", every=2, loops=0, alpha=False
    ),
    "shown as it is": lambda keys: _picture(keys).model_copy(
        update={"clips": (clip("video", keys, 36),), "encoder": LOSSLESS}
    ),
    "joined as it is": lambda keys: Join(
        canvas=CANVAS,
        segments=(keys["shown as it is"],),
        frames=36,
        soundtrack=None,
        samples=0,
        audio=None,
        container="nut",
    ),
    "poster": lambda keys: Poster(
        video=keys["joined as it is"],
        canvas=CANVAS,
        frames=36,
        look=Look(widths=(160, 80)),
        moments=keys["poster-moments"],
        played=((0, 1, 2), (1, 0)),
    ),
    "find-scenes": lambda keys: FindScenes(parts=_parts(keys), canvas=CANVAS, frames=36, transitions=((25, 31),)),
    "thumbnails": lambda keys: Thumbnails(
        video=keys["joined as it is"], canvas=CANVAS, frames=36, look=Look(), best=3, scenes=keys["find-scenes"]
    ),
    "sprite": lambda keys: Sprite(video=keys["joined as it is"], canvas=CANVAS, frames=36, tiles=3),
    "animation": lambda keys: Animation(video=keys["joined as it is"], canvas=CANVAS, frames=36, format="webp"),
    "analysis": lambda keys: Analysis(
        scenes=keys["find-scenes"],
        title="example",
        canvas=CANVAS,
        frames=36,
        videos=(FinishedVideo(name="example.mp4", video=keys["join"]),),
        heard=keys["join"],
    ),
}
"""In an order in which each comes after what it reads."""

UNLOCKED = (
    *("pictures alone", "two passes", "tried at another size", "shown without loss", "joined without loss"),
    *("shown as it is", "joined as it is"),
)
"""What is there to be read by others: its operation has an example of its own. Pictures of a video are made of one that is
neither scaled nor coded with loss, so that they are the same on every processor."""

EXAMPLES = {name: example for name, example in STEPS.items() if name not in UNLOCKED}

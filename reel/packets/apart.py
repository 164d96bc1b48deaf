"""What reads or joins files that we made of strangers' files: each function of this package runs in a confined child.

They are those of `check`, `join`, `remux`, `keyframes`, `prints`, `stats`, `sizes`, `technical` and `bound`, under their own
names; whoever makes steps takes them from here.
"""

from __future__ import annotations

from reel.confinement.apart import apart
from reel.frame_stats import FrameStats, PartStats
from reel.packets import bound, check, keyframes, prints, sizes, sound_file, stats
from reel.packets import check_joined as joined
from reel.packets import codec_strings as strings
from reel.packets import join as joining
from reel.packets import remux as remuxing
from reel.packets import technical as packet_facts
from reel.packets.hearing import Ear

check_segment = apart(check.check_segment, check.SegmentMeasure)
check_measured = apart(stats.check_measured, check.SegmentMeasure, PartStats, FrameStats)
stats_of = apart(stats.stats_of, PartStats, FrameStats)
count_frames = apart(check.count_frames)
keyframe_numbers = apart(check.keyframe_numbers)
decode_delay = apart(check.decode_delay)
codec_strings = apart(strings.codec_strings)
measure_sound = apart(check.measure_sound, Ear)
write_sound_file = apart(sound_file.write_sound_file)
join = apart(joining.join, joining.Joined)
remux = apart(remuxing.remux, remuxing.Remuxed)
check_remuxed = apart(remuxing.check_remuxed)
check_joined = apart(joined.check_joined)
join_pictures = apart(joining.join_pictures)
decoded_prints = apart(prints.decoded_prints)
transparent_prints = apart(prints.transparent_prints)
keyframe_times = apart(keyframes.keyframe_times)
pictures_at = apart(keyframes.pictures_at, keyframes.TimedPicture)
packet_bits = apart(sizes.packet_bits)
technical = apart(packet_facts.technical)
first_frame = apart(keyframes.first_frame)
packets_digest = apart(bound.packets_digest)
first_other = apart(bound.first_other)

"""Names of languages: files have ISO 639-2 with three letters, players take tags of RFC 5646, with two where there are two.

tag_of("ger")               # "de"
three_letters("de-AT")      # "deu"
"""

from __future__ import annotations

import re

UNKNOWN = "und"
"""Of a track that does not say what it is in."""

_CODES = (
    "aa aar, ab abk, ae ave, af afr, ak aka, am amh, an arg, ar ara, as asm, av ava, ay aym, az aze, ba bak, be "
    "bel, bg bul, bh bih, bi bis, bm bam, bn ben, bo bod tib, br bre, bs bos, ca cat, ce che, ch cha, co cos, cr "
    "cre, cs ces cze, cu chu, cv chv, cy cym wel, da dan, de deu ger, dv div, dz dzo, ee ewe, el ell gre, en eng, "
    "eo epo, es spa, et est, eu eus baq, fa fas per, ff ful, fi fin, fj fij, fo fao, fr fra fre, fy fry, ga gle, gd "
    "gla, gl glg, gn grn, gu guj, gv glv, ha hau, he heb, hi hin, ho hmo, hr hrv, ht hat, hu hun, hy hye arm, hz "
    "her, ia ina, id ind, ie ile, ig ibo, ii iii, ik ipk, io ido, is isl ice, it ita, iu iku, ja jpn, jv jav, ka "
    "kat geo, kg kon, ki kik, kj kua, kk kaz, kl kal, km khm, kn kan, ko kor, kr kau, ks kas, ku kur, kv kom, kw "
    "cor, ky kir, la lat, lb ltz, lg lug, li lim, ln lin, lo lao, lt lit, lu lub, lv lav, mg mlg, mh mah, mi mri "
    "mao, mk mkd mac, ml mal, mn mon, mr mar, ms msa may, mt mlt, my mya bur, na nau, nb nob, nd nde, ne nep, ng "
    "ndo, nl nld dut, nn nno, no nor, nr nbl, nv nav, ny nya, oc oci, oj oji, om orm, or ori, os oss, pa pan, pi "
    "pli, pl pol, ps pus, pt por, qu que, rm roh, rn run, ro ron rum, ru rus, rw kin, sa san, sc srd, sd snd, se "
    "sme, sg sag, si sin, sk slk slo, sl slv, sm smo, sn sna, so som, sq sqi alb, sr srp, ss ssw, st sot, su sun, "
    "sv swe, sw swa, ta tam, te tel, tg tgk, th tha, ti tir, tk tuk, tl tgl, tn tsn, to ton, tr tur, ts tso, tt "
    "tat, tw twi, ty tah, ug uig, uk ukr, ur urd, uz uzb, ve ven, vi vie, vo vol, wa wln, wo wol, xh xho, yi yid, "
    "yo yor, za zha, zh zho chi, zu zul "
)
"""ISO 639-1, ISO 639-2/T, and 639-2/B where that is another: from the registry (https://www.loc.gov/standards/iso639-2/)."""

_ROWS = [row.split() for row in _CODES.split(",")]
_SHORT = {code: row[0] for row in _ROWS for code in row}
_LONG = {row[0]: row[1] for row in _ROWS}
_BIBLIOGRAPHIC = {row[0]: row[-1] for row in _ROWS}

TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
NOT_A_LANGUAGE = ("und", "mis", "mul", "zxx", "xxx", "unk")
"""What files say where they know none, have several, or none is spoken; and what some recorders write instead."""


def tag_of(said: str) -> str:
    """The tag of RFC 5646 for what a file or a person calls a language; `und` where that is none."""
    plain = said.strip().replace("_", "-")
    if len(plain) > 35 or not TAG.fullmatch(plain):
        return UNKNOWN
    primary, hyphen, rest = plain.partition("-")
    primary = primary.lower()
    if primary in NOT_A_LANGUAGE:
        return UNKNOWN
    return _SHORT.get(primary, primary) + hyphen + rest


def is_in(language: str, asked: str) -> bool:
    """Whether a language is the one that is asked for, or a form of it: `de-AT` is `de`."""
    mine, wanted = tag_of(language).lower(), tag_of(asked).lower()
    return mine == wanted or mine.startswith(f"{wanted}-")


def three_letters(tag: str, *, bibliographic: bool = False) -> str:
    """ISO 639-2 for a tag, as MP4 has it; `bibliographic`: as Matroska and QuickTime have it (`ger`, not `deu`). `und` where
    there is none."""
    primary = tag_of(tag).partition("-")[0].lower()
    known = (_BIBLIOGRAPHIC if bibliographic else _LONG).get(primary, primary)
    return known if len(known) == 3 else UNKNOWN

"""HLS and DASH of one set of files, from finished tracks: bytes and text of our own making, no codec, no plan, no settings."""

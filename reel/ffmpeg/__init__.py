"""The door to FFmpeg: the only folder that starts it, and the only one that builds its command lines."""

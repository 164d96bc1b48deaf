"""Composing frames from layers, on planes of luma and chroma. No files, no processes: arrays in, arrays out."""
